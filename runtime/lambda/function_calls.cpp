#include "runtime/lambda/function_calls.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "runtime/lambda/function_call_parts.hpp"
#include "runtime/lambda/function_input.hpp"
#include "runtime/lambda/function_json.hpp"
#include "runtime/lambda/function_resolve.hpp"
#include "runtime/lambda/member_reader.hpp"
#include "shardlog/base64.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::ordered_json;
using Answer = LambdaResult<LambdaAnswer>;

LambdaResult<void> check_size(const LambdaCall& call, std::string_view operation) {
    if (call.request.body().size() > kFunctionRequestBytesMax) {
        return refuse(kRequestEntityTooLarge,
                      fmt::format("Request must be smaller than {} bytes for the {} operation",
                                  kFunctionRequestBytesMax, operation));
    }
    return {};
}

LambdaError unzip_error(const base::Error& error) {
    switch (error.code) {
        case base::Code::Malformed:
            return {kInvalidParameterValue,
                    "Could not unzip uploaded file. Please check your file, then try to upload "
                    "again."};
        case base::Code::LimitExceeded:
            return {kInvalidParameterValue, error.message};
        default:
            return lambda_error(error);
    }
}

// Unpacks a zip for `function`, or takes a folder as it is.
LambdaResult<void> take_code(const FunctionCallContext& context, const std::string& function,
                             const CodeInput& code, FunctionVersion& version) {
    version.code_path = code.path;
    version.code_folder.clear();
    version.code_sha256.clear();
    version.code_bytes = 0;
    if (!code.path.empty()) {
        // What is in the folder may change at any time: its name stands for it.
        shardlog::append_base64(version.code_sha256, base::sha256(code.path));
        return {};
    }
    auto package = context.registry.install(function, code.zip);
    if (!package) {
        return tl::unexpected(unzip_error(package.error()));
    }
    version.code_folder = std::move(package->folder);
    version.code_sha256 = std::move(package->sha256);
    version.code_bytes = package->bytes;
    return {};
}

Answer create_function(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY_STATUS(check_size(call, "CreateFunction"));
    MB_LAMBDA_TRY(const nlohmann::json body, call.json());
    MemberReader reader(body);
    reader.require("FunctionName");
    const auto name = reader.text("FunctionName");
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    MB_LAMBDA_TRY(const FunctionReference reference,
                  parse_function_reference(*name, context.identity));
    MB_LAMBDA_TRY(CreateInput input, read_create(body, reference.name));
    if (context.registry.find(reference.name) != nullptr) {
        return refuse(kResourceConflict, fmt::format("Function already exist: {}", reference.name));
    }
    FunctionRecord record;
    record.name = reference.name;
    record.latest = std::move(input.version);
    record.tags = std::move(input.tags);
    MB_LAMBDA_TRY_STATUS(take_code(context, record.name, input.code, record.latest));
    touch(record.latest, context);
    FunctionVersion shown = record.latest;
    if (input.publish) {
        shown = publish(record, context, "");
    }
    const std::string qualifier = input.publish ? shown.version : "";
    const Json told =
        configuration_json(record, shown, qualifier, FunctionState::Created, context.identity);
    // Active from here on, which is another revision.
    record.latest.revision_id = base::make_uuid(context.random);
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return answer_with(told, 201);
}

// The version that is asked for, or ResourceNotFoundException.
LambdaResult<const FunctionVersion*> version_of(const FunctionCallContext& context,
                                                const NamedFunction& named) {
    const FunctionVersion* version = resolve(*named.record, named.reference.qualifier, 1.0);
    if (version == nullptr) {
        return tl::unexpected(function_not_found(context.identity, named.reference));
    }
    return version;
}

Answer get_configuration(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY(const FunctionVersion* version, version_of(context, named));
    return answer_with(configuration_json(*named.record, *version, named.reference.qualifier,
                                          FunctionState::Active, context.identity));
}

Answer get_function(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY(const FunctionVersion* version, version_of(context, named));
    const FunctionRecord& record = *named.record;
    Json body{{"Configuration", configuration_json(record, *version, named.reference.qualifier,
                                                   FunctionState::Active, context.identity)}};
    const base::Path folder = version->code_path.empty()
                                  ? context.registry.code_folder(record.name, *version)
                                  : base::Path(version->code_path);
    body["Code"] = {{"RepositoryType", "S3"}, {"Location", "file://" + folder.native()}};
    if (!record.tags.empty()) {
        body["Tags"] = record.tags;
    }
    if (record.reserved) {
        body["Concurrency"] = {{"ReservedConcurrentExecutions", *record.reserved}};
    }
    return answer_with(body);
}

Answer list_functions(const FunctionCallContext& context, const LambdaCall& call) {
    const std::string which = call.parameter("FunctionVersion");
    if (!which.empty() && which != "ALL") {
        return tl::unexpected(
            violation(which, "functionVersion", "Member must satisfy enum value set: [ALL]"));
    }
    if (!call.parameter("MasterRegion").empty()) {
        return refuse(kInvalidParameterValue, "MasterRegion is not supported by Millbeck");
    }
    struct Row {
        FunctionRecordPtr record;
        const FunctionVersion* version;
    };
    std::vector<Row> rows;
    for (const auto& record : context.registry.all()) {
        rows.push_back({record, &record->latest});
        for (const auto& [number, version] : record->published) {
            if (which == "ALL") {
                rows.push_back({record, &version});
            }
        }
    }
    MB_LAMBDA_TRY(const Page page, page_of(call, rows.size()));
    Json body{{"Functions", Json::array()}};
    for (std::size_t i = page.first; i < page.first + page.count; ++i) {
        const std::string qualifier = which == "ALL" ? rows[i].version->version : "";
        body["Functions"].push_back(configuration_json(*rows[i].record, *rows[i].version, qualifier,
                                                       FunctionState::Listed, context.identity));
    }
    if (!page.next.empty()) {
        body["NextMarker"] = page.next;
    }
    return answer_with(body);
}

// Changes are made to $LATEST; a qualifier that says otherwise is refused.
LambdaResult<NamedFunction> changeable_function(const FunctionCallContext& context,
                                                const LambdaCall& call) {
    MB_LAMBDA_TRY(NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    const std::string& qualifier = named.reference.qualifier;
    if (!qualifier.empty() && qualifier != kLatest) {
        return refuse(kInvalidParameterValue,
                      "You can update only the unpublished version of a function, $LATEST");
    }
    return named;
}

// Stores a changed $LATEST and tells of it.
Answer updated(const FunctionCallContext& context, FunctionRecord record, bool publishes) {
    touch(record.latest, context);
    FunctionVersion shown = record.latest;
    if (publishes) {
        shown = publish(record, context, "");
    }
    const Json told = configuration_json(record, shown, publishes ? shown.version : "",
                                         FunctionState::Updated, context.identity);
    record.latest.revision_id = base::make_uuid(context.random);
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return answer_with(told);
}

Answer update_code(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY_STATUS(check_size(call, "UpdateFunctionCode"));
    MB_LAMBDA_TRY(const NamedFunction named, changeable_function(context, call));
    MB_LAMBDA_TRY(const nlohmann::json body, call.json());
    MB_LAMBDA_TRY(const UpdateCodeInput input, read_update_code(body));
    MB_LAMBDA_TRY_STATUS(check_revision(input.revision_id, named.record->latest.revision_id));
    FunctionRecord record = *named.record;
    MB_LAMBDA_TRY_STATUS(take_code(context, record.name, input.code, record.latest));
    if (input.architecture) {
        record.latest.architecture = *input.architecture;
    }
    if (!input.dry_run) {
        return updated(context, std::move(record), input.publish);
    }
    return answer_with(
        configuration_json(record, record.latest, "", FunctionState::Active, context.identity));
}

Answer update_configuration(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, changeable_function(context, call));
    MB_LAMBDA_TRY(const nlohmann::json body, call.json());
    MB_LAMBDA_TRY(UpdateConfigurationInput input,
                  read_update_configuration(body, named.record->latest));
    MB_LAMBDA_TRY_STATUS(check_revision(input.revision_id, named.record->latest.revision_id));
    FunctionRecord record = *named.record;
    record.latest = std::move(input.version);
    return updated(context, std::move(record), false);
}

Answer delete_version(const FunctionCallContext& context, const NamedFunction& named) {
    const std::string& qualifier = named.reference.qualifier;
    if (qualifier == kLatest) {
        return refuse(kInvalidParameterValue,
                      "$LATEST version cannot be deleted without deleting the function.");
    }
    FunctionRecord record = *named.record;
    if (record.aliases.contains(qualifier)) {
        return refuse(kInvalidParameterValue, "Deletion of aliases is not currently supported.");
    }
    const FunctionVersion* version = record.version(qualifier);
    if (version == nullptr) {
        return no_content();  // as the service: it is not there any more
    }
    for (const auto& [name, alias] : record.aliases) {
        if (alias.version == qualifier || alias.weights.contains(qualifier)) {
            return refuse(kResourceConflict,
                          fmt::format("Unable to delete version because the following aliases "
                                      "reference it: [{}]",
                                      name));
        }
    }
    record.published.erase(std::stoull(qualifier));
    record.event_invoke.erase(qualifier);
    record.policies.erase(qualifier);
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return no_content();
}

Answer delete_function(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    if (!named.reference.qualifier.empty()) {
        return delete_version(context, named);
    }
    if (auto removed = context.registry.remove(named.record->name); !removed) {
        return tl::unexpected(lambda_error(removed.error()));
    }
    return no_content();
}

}  // namespace

void add_function_calls(RouteTable& table, const FunctionCallContext& context) {
    FunctionRoutes routes(table, context);
    routes.add("POST", "/2015-03-31/functions", create_function);
    routes.add("GET", "/2015-03-31/functions", list_functions);
    routes.add("GET", "/2015-03-31/functions/{}", get_function);
    routes.add("DELETE", "/2015-03-31/functions/{}", delete_function);
    routes.add("GET", "/2015-03-31/functions/{}/configuration", get_configuration);
    routes.add("PUT", "/2015-03-31/functions/{}/configuration", update_configuration);
    routes.add("PUT", "/2015-03-31/functions/{}/code", update_code);
}

}  // namespace millbeck::runtime::lambda
