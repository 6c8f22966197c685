#include "runtime/iam/roles.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::iam {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kKind = "iam-role";
constexpr int kVersion = 1;

}  // namespace

base::Result<std::optional<Role>> Roles::find(const std::string& name) {
    MB_TRY(const auto stored, documents_.find(kKind, name));
    if (!stored) {
        return std::optional<Role>();
    }
    const Json json = Json::parse(*stored, nullptr, false);
    if (!json.is_object() || json.value("version", 0) != kVersion) {
        return base::fail(base::Code::Corrupt,
                          fmt::format("the stored role {} is damaged or of a newer version", name));
    }
    using Texts = std::map<std::string, std::string>;
    Role role;
    role.name = name;
    role.path = json.value("path", "/");
    role.id = json.value("id", "");
    role.trust_policy = json.value("trust_policy", "");
    role.description = json.value("description", "");
    role.session_seconds_max = json.value("session_seconds_max", std::int64_t{3'600});
    role.created = base::WallTime{base::Milliseconds{json.value("created_ms", std::int64_t{0})}};
    role.tags = json.value("tags", Texts());
    role.policies = json.value("policies", Texts());
    role.attached = json.value("attached", Texts());
    return std::optional(std::move(role));
}

base::Status Roles::put(const Role& role) {
    const Json json{{"version", kVersion},
                    {"path", role.path},
                    {"id", role.id},
                    {"trust_policy", role.trust_policy},
                    {"description", role.description},
                    {"session_seconds_max", role.session_seconds_max},
                    {"created_ms", base::to_millis(role.created)},
                    {"tags", role.tags},
                    {"policies", role.policies},
                    {"attached", role.attached}};
    return documents_.put(kKind,
                          {role.name, json.dump(-1, ' ', false, Json::error_handler_t::replace)});
}

base::Status Roles::remove(const std::string& name) {
    MB_TRY([[maybe_unused]] const bool was_there, documents_.remove(kKind, name));
    return {};
}

std::string make_role_id(base::Random& random) {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string id = "AROA";
    while (id.size() < 21) {
        id += kLetters[random.next_u64() % kLetters.size()];
    }
    return id;
}

}  // namespace millbeck::runtime::iam
