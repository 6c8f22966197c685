// The order in which the service lists names in its texts: that of a hash set of Java's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millbeck::capture {

// BySize: of a set made for just so many names. Sixteen: of one made for any number.
enum class Buckets { BySize, Sixteen };

// Names by their bucket: Java's hash of the name, spread, over a power of two of buckets that is
// doubled while it is more than three quarters full. Within a bucket as they were given.
std::vector<std::string_view> java_hash_order(std::vector<std::string_view> names, Buckets buckets);

// The bucket of one name. Requires: `buckets` is a power of two.
std::size_t java_bucket(std::string_view name, std::size_t buckets);

// `a, b, c`
std::string join_names(const std::vector<std::string_view>& names);

}  // namespace millbeck::capture
