#include "runtime/iam/iam_calls.hpp"

#include <vector>

#include <fmt/format.h>

#include "runtime/api/query.hpp"
#include "runtime/iam/iam_forms.hpp"

namespace millbeck::runtime::iam {

namespace {

constexpr std::string_view kStsVersion = "2011-06-15";

}  // namespace

const std::map<std::string_view, IamCalls::Action>& IamCalls::actions() {
    static const std::map<std::string_view, Action> all{
        {"GetCallerIdentity", &IamCalls::get_caller_identity},
        {"CreateRole", &IamCalls::create_role},
        {"GetRole", &IamCalls::get_role},
        {"UpdateRole", &IamCalls::update_role},
        {"UpdateAssumeRolePolicy", &IamCalls::update_assume_role_policy},
        {"DeleteRole", &IamCalls::delete_role},
        {"ListRoleTags", &IamCalls::list_role_tags},
        {"TagRole", &IamCalls::tag_role},
        {"UntagRole", &IamCalls::untag_role},
        {"PutRolePolicy", &IamCalls::put_role_policy},
        {"GetRolePolicy", &IamCalls::get_role_policy},
        {"DeleteRolePolicy", &IamCalls::delete_role_policy},
        {"ListRolePolicies", &IamCalls::list_role_policies},
        {"AttachRolePolicy", &IamCalls::attach_role_policy},
        {"DetachRolePolicy", &IamCalls::detach_role_policy},
        {"ListAttachedRolePolicies", &IamCalls::list_attached_role_policies},
        {"ListInstanceProfilesForRole", &IamCalls::list_instance_profiles_for_role},
    };
    return all;
}

XmlAnswer IamCalls::call(const Form& form, std::string_view request_id) {
    const std::string action = text_of(form, "Action");
    const std::string version = text_of(form, "Version");
    const std::string_view space = version == kStsVersion
                                       ? "https://sts.amazonaws.com/doc/2011-06-15/"
                                       : "https://iam.amazonaws.com/doc/2010-05-08/";
    const auto found = actions().find(action);
    Inner inner = found == actions().end()
                      ? tl::unexpected(Fault{400, "InvalidAction",
                                             fmt::format("{} is not supported by Millbeck.",
                                                         action.empty() ? "No Action" : action)})
                      : (this->*found->second)(form);
    if (!inner) {
        const Fault& fault = inner.error();
        return {fault.status,
                fmt::format("<ErrorResponse xmlns=\"{}\"><Error><Type>{}</Type>{}{}</Error>{}"
                            "</ErrorResponse>",
                            space, fault.status < 500 ? "Sender" : "Receiver",
                            element("Code", fault.code), element("Message", fault.message),
                            element("RequestId", request_id))};
    }
    const std::string result =
        inner->empty() ? "" : fmt::format("<{0}Result>{1}</{0}Result>", action, *inner);
    return {200, fmt::format("<{0}Response xmlns=\"{1}\">{2}<ResponseMetadata>{3}"
                             "</ResponseMetadata></{0}Response>",
                             action, space, result, element("RequestId", request_id))};
}

tl::expected<Role, IamCalls::Fault> IamCalls::role_of(const Form& form) {
    const std::string name = text_of(form, "RoleName");
    auto role = roles_.find(name);
    if (!role) {
        return tl::unexpected(Fault{500, "ServiceFailure", role.error().message});
    }
    if (!*role) {
        return tl::unexpected(Fault{404, "NoSuchEntity",
                                    fmt::format("The role with name {} cannot be found.", name)});
    }
    return std::move(**role);
}

IamCalls::Inner IamCalls::keep(const Role& role, std::string inner) {
    if (const auto put = roles_.put(role); !put) {
        return tl::unexpected(Fault{500, "ServiceFailure", put.error().message});
    }
    return inner;
}

std::string IamCalls::role_xml(const Role& role) const {
    std::string out = "<Role>" + element("Path", role.path) + element("RoleName", role.name) +
                      element("RoleId", role.id) +
                      element("Arn", fmt::format("arn:aws:iam::{}:role{}{}", identity_.account_id,
                                                 role.path, role.name)) +
                      element("CreateDate", base::to_iso8601(role.created).substr(0, 19) + "Z") +
                      element("AssumeRolePolicyDocument", percent_encode(role.trust_policy));
    if (!role.description.empty()) {
        out += element("Description", role.description);
    }
    out += element("MaxSessionDuration", std::to_string(role.session_seconds_max));
    if (!role.tags.empty()) {
        out += "<Tags>" + tags_xml(role) + "</Tags>";
    }
    return out + "</Role>";
}

// ---- who am I

IamCalls::Inner IamCalls::get_caller_identity(const Form& /*form*/) {
    return element("Arn", fmt::format("arn:aws:iam::{}:root", identity_.account_id)) +
           element("UserId", identity_.account_id) + element("Account", identity_.account_id);
}

// ---- roles

IamCalls::Fault IamCalls::bad_session_seconds() {
    return {400, "ValidationError",
            "MaxSessionDuration must be a whole number from 3600 to 43200."};
}

IamCalls::Inner IamCalls::create_role(const Form& form) {
    Role role;
    role.name = text_of(form, "RoleName");
    if (role.name.empty() || role.name.size() > 64) {
        return tl::unexpected(
            Fault{400, "ValidationError", "RoleName must have 1 to 64 characters."});
    }
    if (role_of(form)) {
        return tl::unexpected(Fault{409, "EntityAlreadyExists",
                                    fmt::format("Role with name {} already exists.", role.name)});
    }
    if (form.contains("PermissionsBoundary")) {
        return tl::unexpected(
            Fault{400, "ValidationError", "PermissionsBoundary is not supported by Millbeck."});
    }
    role.path = text_of(form, "Path", "/");
    role.id = make_role_id(random_);
    role.trust_policy = text_of(form, "AssumeRolePolicyDocument");
    if (!is_policy(role.trust_policy)) {
        return tl::unexpected(
            Fault{400, "MalformedPolicyDocument", "This policy contains invalid Json"});
    }
    role.description = text_of(form, "Description");
    if (!read_session_seconds(form, role)) {
        return tl::unexpected(bad_session_seconds());
    }
    role.created = clock_.wall();
    if (!add_tags(form, role)) {
        return tl::unexpected(Fault{409, "LimitExceeded", "A role has 50 tags at most."});
    }
    return keep(role, role_xml(role));
}

IamCalls::Inner IamCalls::get_role(const Form& form) {
    const auto role = role_of(form);
    return role ? Inner(role_xml(*role)) : tl::unexpected(role.error());
}

IamCalls::Inner IamCalls::update_role(const Form& form) {
    auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    role->description = text_of(form, "Description", role->description);
    if (!read_session_seconds(form, *role)) {
        return tl::unexpected(bad_session_seconds());
    }
    return keep(*role);
}

IamCalls::Inner IamCalls::update_assume_role_policy(const Form& form) {
    auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    role->trust_policy = text_of(form, "PolicyDocument");
    if (!is_policy(role->trust_policy)) {
        return tl::unexpected(
            Fault{400, "MalformedPolicyDocument", "This policy contains invalid Json"});
    }
    return keep(*role);
}

IamCalls::Inner IamCalls::delete_role(const Form& form) {
    const auto role = role_of(form);
    if (!role) {
        return tl::unexpected(role.error());
    }
    if (!role->attached.empty() || !role->policies.empty()) {
        return tl::unexpected(Fault{409, "DeleteConflict",
                                    role->attached.empty()
                                        ? "Cannot delete entity, must delete policies first."
                                        : "Cannot delete entity, must detach all policies first."});
    }
    if (const auto removed = roles_.remove(role->name); !removed) {
        return tl::unexpected(Fault{500, "ServiceFailure", removed.error().message});
    }
    return std::string();
}

}  // namespace millbeck::runtime::iam
