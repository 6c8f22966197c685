#include "runtime/lambda/function_call_parts.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/member_reader.hpp"
#include "shardlog/base64.hpp"

namespace millbeck::runtime::lambda {

namespace {

constexpr std::size_t kPageItems = 50;

}  // namespace

LambdaAnswer answer_with(const nlohmann::ordered_json& body, unsigned status) {
    LambdaAnswer answer;
    answer.status = status;
    answer.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return answer;
}

LambdaAnswer no_content() {
    LambdaAnswer answer;
    answer.status = 204;
    return answer;
}

LambdaResult<FunctionRecordPtr> function_of(const FunctionCallContext& context,
                                            const FunctionReference& reference) {
    auto record = context.registry.find(reference.name);
    if (record == nullptr) {
        return tl::unexpected(function_not_found(context.identity, reference));
    }
    return record;
}

LambdaResult<NamedFunction> named_function(const FunctionCallContext& context,
                                           const LambdaCall& call) {
    NamedFunction named;
    MB_LAMBDA_TRY(
        named.reference,
        parse_function_reference(call.places.at(0), call.parameter("Qualifier"), context.identity));
    MB_LAMBDA_TRY(named.record, function_of(context, named.reference));
    return named;
}

LambdaResult<void> check_changeable(const FunctionRecord& record) {
    if (record.from_file) {
        return refuse(kResourceConflict,
                      fmt::format("The function {} stands in Millbeck's configuration file: change "
                                  "it there and start Millbeck again",
                                  record.name));
    }
    return {};
}

LambdaResult<void> check_revision(const std::optional<std::string>& sent,
                                  const std::string& current) {
    if (sent && *sent != current) {
        return refuse(kPreconditionFailed,
                      "The Revision Id provided does not match the latest Revision Id. Call the "
                      "GetFunction/GetAlias API to retrieve the latest Revision Id");
    }
    return {};
}

LambdaResult<void> put(const FunctionCallContext& context, FunctionRecord record) {
    if (auto stored = context.registry.put(std::move(record)); !stored) {
        return tl::unexpected(lambda_error(stored.error()));
    }
    return {};
}

void touch(FunctionVersion& version, const FunctionCallContext& context) {
    version.modified = context.clock.wall();
    version.revision_id = base::make_uuid(context.random);
}

FunctionVersion& publish(FunctionRecord& record, const FunctionCallContext& context,
                         const std::string& description) {
    const auto last = record.published.find(record.last_number);
    if (last != record.published.end()) {
        FunctionVersion same = record.latest;
        same.version = last->second.version;
        same.description = last->second.description;
        same.modified = last->second.modified;
        same.revision_id = last->second.revision_id;
        if (same == last->second) {
            return last->second;
        }
    }
    FunctionVersion version = record.latest;
    version.version = std::to_string(++record.last_number);
    if (!description.empty()) {
        version.description = description;
    }
    touch(version, context);
    return record.published[record.last_number] = std::move(version);
}

// A marker is where the next page begins; opaque to callers.
LambdaResult<Page> page_of(const LambdaCall& call, std::size_t items) {
    std::size_t most = kPageItems;
    if (const std::string text = call.parameter("MaxItems"); !text.empty()) {
        std::size_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size()) {
            return refuse(kSerialization, "STRING_VALUE can not be converted to an Integer");
        }
        if (value < 1 || value > 10'000) {
            return tl::unexpected(
                violation(text, "maxItems",
                          value < 1 ? "Member must have value greater than or equal to 1"
                                    : "Member must have value less than or equal to 10000"));
        }
        most = std::min(most, value);
    }
    Page page;
    if (const std::string marker = call.parameter("Marker"); !marker.empty()) {
        std::string text;
        const bool decoded = shardlog::append_base64url_decoded(text, marker);
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), page.first);
        if (!decoded || error != std::errc{} || end != text.data() + text.size()) {
            return refuse(kInvalidParameterValue, "Invalid Marker.");
        }
    }
    page.first = std::min(page.first, items);
    page.count = std::min(most, items - page.first);
    if (page.first + page.count < items) {
        shardlog::append_base64url(page.next, std::to_string(page.first + page.count));
    }
    return page;
}

}  // namespace millbeck::runtime::lambda
