#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/api/fields.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;

// Source: Developer guide, "Tagging restrictions".
constexpr std::int64_t kTagKeyLengthMax = 128;
constexpr std::int64_t kTagValueLengthMax = 256;

tl::unexpected<base::Error> invalid(std::string text) {
    return base::fail(Code::Invalid, std::move(text));
}

// Letters, digits and blanks of any script; of ASCII's other characters these few.
bool is_tag_text(std::string_view text) {
    constexpr std::string_view kPunctuation = "+-=._:/@";
    return std::ranges::all_of(text, [&](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        const bool beyond_ascii = static_cast<unsigned char>(c) >= 0x80U;
        return letter || digit || beyond_ascii || c == ' ' ||
               kPunctuation.find(c) != std::string_view::npos;
    });
}

base::Status check_tag_key(std::string_view key) {
    if (key.empty() || text_length(key) > kTagKeyLengthMax || !is_tag_text(key)) {
        return invalid(fmt::format("The Tag Key provided is invalid, Key: {}", key));
    }
    constexpr std::string_view kReserved = "aws:";
    if (key.starts_with(kReserved)) {
        return invalid(fmt::format("Tag Key cannot be prefixed with aws:, Key: {}", key));
    }
    return {};
}

base::Status check_tag_count(std::size_t count) {
    if (count > capture::kTagsMax) {
        return invalid("Number of Tags exceed the current limit for the provided ResourceArn");
    }
    return {};
}

base::Result<capture::Tag> parse_tag(dom::element element) {
    const Fields fields(shapes::kTag, element);
    const std::string_view key = fields.text("Key", "null");
    if (!fields.find("Key")) {
        return invalid("The Tag Key provided is invalid, Key: null");
    }
    MB_TRY_STATUS(check_tag_key(key));
    const std::string_view value = fields.text("Value", "null");
    if (!fields.find("Value") || text_length(value) > kTagValueLengthMax || !is_tag_text(value)) {
        return invalid(fmt::format("The Tag Value provided is invalid, Value: {}", value));
    }
    return capture::Tag{std::string(key), std::string(value)};
}

// The table behind `arn:<partition>:dynamodb:<region>:<account>:table/<name>`; region and account
// are not compared. Source: texts as the service sends them for each kind of wrong ARN.
base::Result<TaggedTable> parse_resource_arn(const Fields& fields) {
    constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";
    constexpr std::string_view kTable = "table/";
    if (!fields.find("ResourceArn")) {
        return invalid("Invalid TableArn");
    }
    const std::string_view arn = fields.text("ResourceArn");
    std::array<std::string_view, 5> parts;  // arn, partition, service, region, account
    std::string_view rest = arn;
    for (std::string_view& part : parts) {
        const auto colon = rest.find(':');
        part = rest.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    }
    if (parts[0] != "arn" || arn.size() == parts[0].size()) {
        return invalid(fmt::format("{}ARNs must start with 'arn:': {}", kInvalid, arn));
    }
    if (parts[2] != "dynamodb" || !rest.starts_with(kTable)) {
        return invalid(
            fmt::format("{}Provided Arn is not a DynamoDB resource arn: {}", kInvalid, arn));
    }
    const std::string_view name = rest.substr(kTable.size());
    if (name.find("/index/") != std::string_view::npos) {
        return invalid(fmt::format(
            "{}Invalid resource arn provided, only table or stream is accepted. Provided resource "
            "arn: {}",
            kInvalid, arn));
    }
    if (name.size() < 3 || name.size() > 255) {
        return invalid(
            fmt::format("Invalid TableArn: Invalid ResourceArn provided as input {}", arn));
    }
    return TaggedTable{std::string(arn), shardlog::TableName(std::string(name))};
}

}  // namespace

base::Result<std::vector<capture::Tag>> parse_tags(dom::element list) {
    std::vector<capture::Tag> tags;
    std::set<std::string> keys;
    for (const dom::element element : list_of(list)) {
        MB_TRY_STATUS(check_tag_count(tags.size() + 1));
        MB_TRY(auto tag, parse_tag(element));
        if (!keys.insert(tag.key).second) {
            return invalid("Duplicate Tag Keys provided as input: Duplicate Tag Key found " +
                           tag.key);
        }
        tags.push_back(std::move(tag));
    }
    std::ranges::sort(tags, {}, &capture::Tag::key);  // the order in which they are kept
    return tags;
}

base::Result<Request> parse_tag_resource(dom::element body) {
    const Fields fields(shape_of(Operation::TagResource), body);
    MB_TRY(auto resource, parse_resource_arn(fields));
    MB_TRY(auto tags, parse_tags(*fields.find("Tags")));
    if (tags.empty()) {
        return invalid("Atleast one Tag needs to be provided as Input.");
    }
    return TagResourceRequest{std::move(resource), std::move(tags)};
}

base::Result<Request> parse_untag_resource(dom::element body) {
    const Fields fields(shape_of(Operation::UntagResource), body);
    MB_TRY(auto resource, parse_resource_arn(fields));
    std::vector<std::string> keys;
    for (const dom::element element : list_of(*fields.find("TagKeys"))) {
        MB_TRY_STATUS(check_tag_count(keys.size() + 1));
        const std::string_view key = element.get_string().value_unsafe();
        MB_TRY_STATUS(check_tag_key(key));
        keys.emplace_back(key);
    }
    if (keys.empty()) {
        return invalid("Atleast one Tag Key needs to be provided as Input.");
    }
    return UntagResourceRequest{std::move(resource), std::move(keys)};
}

base::Result<Request> parse_list_tags(dom::element body) {
    const Fields fields(shape_of(Operation::ListTagsOfResource), body);
    MB_TRY(auto resource, parse_resource_arn(fields));
    if (fields.find("NextToken")) {
        return invalid("Invalid NextToken");  // every answer is complete, so none was given out
    }
    return ListTagsRequest{std::move(resource)};
}

base::Result<Request> parse_describe_limits(dom::element /*body*/) {
    return DescribeLimitsRequest{};
}

base::Result<Request> parse_describe_endpoints(dom::element /*body*/) {
    return DescribeEndpointsRequest{};
}

base::Result<Request> parse_describe_continuous_backups(dom::element body) {
    const Fields fields(shape_of(Operation::DescribeContinuousBackups), body);
    MB_TRY(auto table, parse_table_name(fields.text("TableName")));
    return DescribeContinuousBackupsRequest{std::move(table)};
}

base::Result<Request> parse_describe_time_to_live(dom::element body) {
    const Fields fields(shape_of(Operation::DescribeTimeToLive), body);
    MB_TRY(auto table, parse_table_name(fields.text("TableName")));
    return DescribeTimeToLiveRequest{std::move(table)};
}

base::Result<Request> parse_update_time_to_live(dom::element body) {
    const Fields fields(shape_of(Operation::UpdateTimeToLive), body);
    UpdateTimeToLiveRequest request;
    MB_TRY(request.update.name, parse_table_name(fields.text("TableName")));
    const Fields wanted(shapes::kTimeToLive, *fields.find("TimeToLiveSpecification"));
    request.update.time_to_live = {.enabled = wanted.flag("Enabled").value_or(false),
                                   .attribute = std::string(wanted.text("AttributeName"))};
    return request;
}

}  // namespace millbeck::runtime
