#include "runtime/lambda/permission_statement.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/arn.hpp"
#include "runtime/lambda/member_reader.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::ordered_json;

bool is_statement_id(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_';
    });
}

bool is_action(std::string_view text) {
    constexpr std::string_view kScheme = "lambda:";
    if (text == "*") {
        return true;
    }
    if (!text.starts_with(kScheme)) {
        return false;
    }
    text.remove_prefix(kScheme.size());
    return text == "*" ||
           (!text.empty() && std::all_of(text.begin(), text.end(),
                                         [](unsigned char c) { return std::isalpha(c) != 0; }));
}

bool has_no_blank(std::string_view text) {
    return !text.empty() && std::none_of(text.begin(), text.end(),
                                         [](unsigned char c) { return std::isspace(c) != 0; });
}

// A service, an account, somebody by ARN, or anybody.
LambdaResult<Json> principal_json(const std::string& principal) {
    if (principal == "*") {
        return Json(principal);
    }
    if (is_account(principal)) {
        return Json{{"AWS", fmt::format("arn:aws:iam::{}:root", principal)}};
    }
    if (is_arn(principal)) {
        return Json{{"AWS", principal}};
    }
    for (const char* domain : {".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"}) {
        if (principal.ends_with(domain)) {
            return Json{{"Service", principal}};
        }
    }
    return refuse(kInvalidParameterValue,
                  "The provided principal was invalid. Please check the principal and try again.");
}

Json condition_json(const WantedStatement& wanted) {
    Json condition = Json::object();
    const auto add = [&](const char* test, const char* key, const std::string& value) {
        if (!value.empty()) {
            condition[test][key] = value;
        }
    };
    add("StringEquals", "lambda:FunctionUrlAuthType", wanted.url_auth);
    add("StringEquals", "AWS:SourceAccount", wanted.source_account);
    add("StringEquals", "aws:PrincipalOrgID", wanted.organization);
    add("StringEquals", "lambda:EventSourceToken", wanted.token);
    add("ArnLike", "AWS:SourceArn", wanted.source_arn);
    if (wanted.via_url) {
        add("Bool", "lambda:InvokedViaFunctionUrl", *wanted.via_url ? "true" : "false");
    }
    return condition;
}

}  // namespace

LambdaResult<WantedStatement> read_statement(const nlohmann::json& body) {
    MemberReader reader(body);
    for (const char* name : {"StatementId", "Action", "Principal"}) {
        reader.require(name);
    }
    const auto text = [&](const char* name, const TextRule& rule) {
        return reader.text(name, rule).value_or("");
    };
    WantedStatement wanted;
    wanted.id =
        text("StatementId",
             {.min = 1, .max = 100, .fits = is_statement_id, .pattern = "([a-zA-Z0-9-_]+)"});
    wanted.action =
        text("Action", {.fits = is_action, .pattern = "(lambda:[*]|lambda:[a-zA-Z]+|[*])"});
    wanted.principal = text("Principal", {.fits = has_no_blank, .pattern = R"([^\s]+)"});
    wanted.source_arn = text(
        "SourceArn",
        {.fits = is_arn,
         .pattern = R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-)"
                    R"([a-z]+-\d{1})?:(\d{12})?:(.*))"});
    wanted.source_account =
        text("SourceAccount", {.max = 12, .fits = is_account, .pattern = R"(\d{12})"});
    wanted.organization = text("PrincipalOrgID", {.min = 12, .max = 34});
    wanted.token = text("EventSourceToken", {.max = 256});
    wanted.url_auth = text("FunctionUrlAuthType", {.values = {"NONE", "AWS_IAM"}});
    wanted.via_url = reader.flag("InvokedViaFunctionUrl");
    wanted.revision = reader.text("RevisionId");
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    return wanted;
}

LambdaResult<std::string> statement_json(const WantedStatement& wanted,
                                         const std::string& resource) {
    MB_LAMBDA_TRY(Json principal, principal_json(wanted.principal));
    Json json{{"Sid", wanted.id},
              {"Effect", "Allow"},
              {"Principal", std::move(principal)},
              {"Action", wanted.action},
              {"Resource", resource}};
    if (Json condition = condition_json(wanted); !condition.empty()) {
        json["Condition"] = std::move(condition);
    }
    return json.dump();
}

}  // namespace millbeck::runtime::lambda
