// What an item becomes in Memcached.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/memcached/memcached_options.hpp"
#include "sinks/sink.hpp"
#include "sinks/text_template.hpp"

namespace millbeck::sinks::memcached {

inline constexpr std::size_t kKeyBytesMax = 250;

struct Entry {
    std::string key;
    std::optional<std::string> value{};  // none: to be deleted
    std::int64_t expires = 0;            // seconds since 1970; 0: never
};

// Immutable. Threads: any.
class EntryMaker {
  public:
    // Invalid when a template is no good.
    static base::Result<EntryMaker> create(MemcachedOptions options, std::string_view table);

    // Invalid where the template does not fit the key, or the message has no image to make it of.
    [[nodiscard]] base::Result<Entry> make(const Message& message, base::WallTime now) const;

    [[nodiscard]] const MemcachedOptions& options() const { return options_; }

  private:
    [[nodiscard]] base::Result<std::string> key_of(std::string_view key) const;

    MemcachedOptions options_;
    KeyTemplate key_;
    TextTemplate value_;
};

// Keys of more than 250 bytes end in `#` and the SHA-256 of all of it.
std::string fitting_key(std::string key);

}  // namespace millbeck::sinks::memcached
