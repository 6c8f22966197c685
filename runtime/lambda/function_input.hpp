// What CreateFunction and the Update calls are told, checked as the service checks it: every member
// is honoured, or refused by name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/function_record.hpp"
#include "runtime/lambda/lambda_error.hpp"

namespace millbeck::runtime::lambda {

// Where code comes from: exactly one of the two.
struct CodeInput {
    std::string zip;   // decoded
    std::string path;  // MillbeckPath: an absolute folder, used in place
};

struct CreateInput {
    FunctionVersion version;  // all but code, time and revision
    CodeInput code;
    std::map<std::string, std::string> tags;
    bool publish = false;
};
// `name`: of the function, valid.
LambdaResult<CreateInput> read_create(const nlohmann::json& body, const std::string& name);

struct UpdateCodeInput {
    CodeInput code;
    std::optional<std::string> architecture;
    bool publish = false;
    bool dry_run = false;
    std::optional<std::string> revision_id;
};
LambdaResult<UpdateCodeInput> read_update_code(const nlohmann::json& body);

struct UpdateConfigurationInput {
    FunctionVersion version;  // `current` with what was sent
    std::optional<std::string> revision_id;
};
LambdaResult<UpdateConfigurationInput> read_update_configuration(const nlohmann::json& body,
                                                                 const FunctionVersion& current);

}  // namespace millbeck::runtime::lambda
