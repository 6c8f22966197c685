// The roles that infrastructure tools make for their functions. They are kept and told, so that a
// second plan finds what the first applied; nothing is allowed or forbidden by them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/lambda/document_store.hpp"

namespace millbeck::runtime::iam {

struct Role {
    std::string name;
    std::string path = "/";
    std::string id;            // AROA and 17 more
    std::string trust_policy;  // JSON, as given
    std::string description{};
    std::int64_t session_seconds_max = 3'600;
    base::WallTime created{};
    std::map<std::string, std::string> tags{};
    std::map<std::string, std::string> policies{};  // inline ones: name -> JSON
    std::map<std::string, std::string> attached{};  // ARN -> name

    friend bool operator==(const Role&, const Role&) = default;
};

// Threads: any; two changes of one role at once must not happen (one lane).
// Errors:  the document store's.
class Roles {
  public:
    explicit Roles(lambda::DocumentStore& documents) : documents_(documents) {}

    [[nodiscard]] base::Result<std::optional<Role>> find(const std::string& name);
    base::Status put(const Role& role);
    base::Status remove(const std::string& name);

  private:
    lambda::DocumentStore& documents_;
};

inline constexpr std::size_t kTagsMax = 50;  // of one role

// 21 characters, as the service's.
std::string make_role_id(base::Random& random);

}  // namespace millbeck::runtime::iam
