// What infrastructure tools ask of IAM and STS while they set up tables, functions and triggers:
// who am I, and the roles of the functions. Everything else is refused by its name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "runtime/iam/iam_forms.hpp"
#include "runtime/iam/roles.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime::iam {

struct XmlAnswer {
    unsigned status = 200;
    std::string body{};
};

// Threads: call() by one at a time; it waits for the disk.
// Source: IAM and STS API references; the service models of the SDKs for shapes and names.
class IamCalls {
  public:
    // All outlive it.
    IamCalls(lambda::DocumentStore& documents, const base::Clock& clock, base::Random& random,
             const shardlog::Identity& identity)
        : roles_(documents), clock_(clock), random_(random), identity_(identity) {}

    XmlAnswer call(const Form& form, std::string_view request_id);

  private:
    struct Fault {
        unsigned status;
        std::string code;
        std::string message;
    };
    using Inner = tl::expected<std::string, Fault>;  // what stands within <ActionResult>
    using Action = Inner (IamCalls::*)(const Form&);

    static const std::map<std::string_view, Action>& actions();

    Inner get_caller_identity(const Form& form);
    Inner create_role(const Form& form);
    Inner get_role(const Form& form);
    Inner update_role(const Form& form);
    Inner update_assume_role_policy(const Form& form);
    Inner delete_role(const Form& form);
    Inner list_role_tags(const Form& form);
    Inner tag_role(const Form& form);
    Inner untag_role(const Form& form);
    Inner put_role_policy(const Form& form);
    Inner get_role_policy(const Form& form);
    Inner delete_role_policy(const Form& form);
    Inner list_role_policies(const Form& form);
    Inner attach_role_policy(const Form& form);
    Inner detach_role_policy(const Form& form);
    Inner list_attached_role_policies(const Form& form);
    Inner list_instance_profiles_for_role(const Form& form);

    static Fault bad_session_seconds();
    static Inner page(const Form& form, std::string_view list,
                      const std::map<std::string, std::string>& rows);
    tl::expected<Role, Fault> role_of(const Form& form);
    Inner keep(const Role& role, std::string inner = "");
    [[nodiscard]] std::string role_xml(const Role& role) const;

    Roles roles_;
    const base::Clock& clock_;
    base::Random& random_;
    const shardlog::Identity& identity_;
};

}  // namespace millbeck::runtime::iam
