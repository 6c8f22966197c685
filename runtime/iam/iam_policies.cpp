// The tags and policies of roles.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/api/query.hpp"
#include "runtime/iam/iam_calls.hpp"

namespace millbeck::runtime::iam {

namespace {

constexpr std::size_t kPoliciesMax = 100;  // of one role, inline and attached each

}  // namespace

IamCalls::Inner IamCalls::page(const Form& form, std::string_view list,
                               const std::map<std::string, std::string>& rows) {
    auto xml = page_xml(form, list, rows);
    return xml ? Inner(std::move(*xml))
               : tl::unexpected(Fault{400, "ValidationError", std::move(xml).error()});
}

// ---- their tags

IamCalls::Inner IamCalls::list_role_tags(const Form& form) {
    const auto role = role_of(form);
    return role ? page(form, "Tags", tag_rows(*role)) : tl::unexpected(role.error());
}

IamCalls::Inner IamCalls::tag_role(const Form& form) {
    auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    if (!add_tags(form, *role)) {
        return tl::unexpected(Fault{409, "LimitExceeded", "A role has 50 tags at most."});
    }
    return keep(*role);
}

IamCalls::Inner IamCalls::untag_role(const Form& form) {
    auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    for (const std::string& key : members_of(form, "TagKeys", "")) {
        role->tags.erase(key);
    }
    return keep(*role);
}

// ---- their policies

IamCalls::Inner IamCalls::put_role_policy(const Form& form) {
    auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    const std::string document = text_of(form, "PolicyDocument");
    if (!is_policy(document)) {
        return tl::unexpected(Fault{400, "MalformedPolicyDocument", "Syntax errors in policy."});
    }
    role->policies[text_of(form, "PolicyName")] = document;
    if (role->policies.size() > kPoliciesMax) {
        return tl::unexpected(Fault{409, "LimitExceeded", "A role has 100 policies at most."});
    }
    return keep(*role);
}

IamCalls::Inner IamCalls::get_role_policy(const Form& form) {
    const auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    const std::string name = text_of(form, "PolicyName");
    const auto found = role->policies.find(name);
    if (found == role->policies.end()) {
        return tl::unexpected(
            Fault{404, "NoSuchEntity",
                  fmt::format("The role policy with name {} cannot be found.", name)});
    }
    return element("RoleName", role->name) + element("PolicyName", name) +
           element("PolicyDocument", percent_encode(found->second));
}

IamCalls::Inner IamCalls::delete_role_policy(const Form& form) {
    auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    const std::string name = text_of(form, "PolicyName");
    if (role->policies.erase(name) == 0) {
        return tl::unexpected(
            Fault{404, "NoSuchEntity",
                  fmt::format("The role policy with name {} cannot be found.", name)});
    }
    return keep(*role);
}

IamCalls::Inner IamCalls::list_role_policies(const Form& form) {
    const auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    std::map<std::string, std::string> rows;
    for (const auto& [name, document] : role->policies) {
        rows[name] = element("member", name);
    }
    return page(form, "PolicyNames", rows);
}

IamCalls::Inner IamCalls::attach_role_policy(const Form& form) {
    auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    const std::string arn = text_of(form, "PolicyArn");
    role->attached[arn] = arn.substr(arn.rfind('/') + 1);
    if (role->attached.size() > kPoliciesMax) {
        return tl::unexpected(Fault{409, "LimitExceeded", "A role has 100 policies at most."});
    }
    return keep(*role);
}

IamCalls::Inner IamCalls::detach_role_policy(const Form& form) {
    auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    const std::string arn = text_of(form, "PolicyArn");
    if (role->attached.erase(arn) == 0) {
        return tl::unexpected(
            Fault{404, "NoSuchEntity", fmt::format("Policy {} was not found.", arn)});
    }
    return keep(*role);
}

IamCalls::Inner IamCalls::list_attached_role_policies(const Form& form) {
    const auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    const std::string path = text_of(form, "PathPrefix", "/");
    std::map<std::string, std::string> rows;
    for (const auto& [arn, name] : role->attached) {
        // `arn:aws:iam::aws:policy/service-role/Name`: the path is between the first and last
        // slash.
        const std::size_t slash = std::min(arn.find('/'), arn.size());
        if (arn.compare(slash, path.size(), path) == 0) {
            rows[arn] = fmt::format("<member>{}{}</member>", element("PolicyName", name),
                                    element("PolicyArn", arn));
        }
    }
    return page(form, "AttachedPolicies", rows);
}

IamCalls::Inner IamCalls::list_instance_profiles_for_role(const Form& form) {
    const auto role = role_of(form);
    return role ? page(form, "InstanceProfiles", {}) : tl::unexpected(role.error());
}

}  // namespace millbeck::runtime::iam
