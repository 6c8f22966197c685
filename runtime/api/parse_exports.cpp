#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "capture/invalid_values.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/resource_arn.hpp"
#include "runtime/api/shapes.hpp"
#include "runtime/restore/table_exports.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using base::Result;
using base::Status;

constexpr std::int64_t kExportsMax = 25;  // of a page; and the default

tl::unexpected<base::Error> invalid_request(std::string_view why) {
    return base::fail(Code::Invalid, fmt::format("Invalid Request: {}", why));
}

Result<shardlog::TableName> parse_table_arn(std::string_view arn) {
    if (parse_owned_arn(arn, "index")) {
        return invalid_request("Table ARN is invalid.");
    }
    auto name = parse_table_name(arn);
    if (!arn.starts_with("arn:") || !name) {
        return capture::invalid_values("tableArn is not a valid ARN");
    }
    return name;
}

Result<std::optional<ExportWish::Increment>> parse_increment(const Fields& fields) {
    using Increment = std::optional<ExportWish::Increment>;
    const bool wanted = fields.text("ExportType") == "INCREMENTAL_EXPORT";
    const auto given = fields.find("IncrementalExportSpecification");
    if (given && !wanted) {
        return fields.text("ExportType").empty()
                   ? invalid_request(
                         "Export Type expected to be Incremental Export when "
                         "incremental export specification is provided")
                   : invalid_request(
                         "When Export Type is Full Export , Incremental Export "
                         "Specification should not be provided");
    }
    if (!wanted) {
        return Increment();
    }
    if (!given) {
        return invalid_request(
            "Incremental Export Specification expected when export type is set as Incremental "
            "Export");
    }
    if (fields.find("ExportTime")) {
        return invalid_request(
            "ExportTime should not be provided when Export Type is Incremental Export");
    }
    const Fields increment(shapes::kIncrement, *given);
    const auto from = increment.find("ExportFromTime");
    if (!from) {
        return invalid_request("ExportFromTime must be provided in IncrementalExportSpecification");
    }
    ExportWish::Increment made;
    made.from = wall_time(*from);
    if (const auto to = increment.find("ExportToTime")) {
        made.to = wall_time(*to);
    }
    made.view = increment.text("ExportViewType") == "NEW_IMAGE" ? ExportView::NewImage
                                                                : ExportView::NewAndOldImages;
    return Increment(made);
}

Status parse_target(ExportWish& wish, const Fields& fields) {
    wish.bucket = fields.text("S3Bucket");
    wish.bucket_owner = fields.text("S3BucketOwner");
    wish.prefix = fields.text("S3Prefix");
    MB_TRY_STATUS(parse_export_prefix(wish.prefix));
    wish.encryption = fields.text("S3SseAlgorithm");
    wish.encryption_key = fields.text("S3SseKmsKeyId");
    if (fields.find("S3SseKmsKeyId") && wish.encryption != "KMS") {
        return invalid_request("KMS Key Id is not supported for this encryption type");
    }
    if (fields.text("ExportFormat") == "ION") {
        return base::fail(Code::Unsupported, "ExportFormat ION is not supported by Millbeck yet");
    }
    return {};
}

// As list_exports() answers them: an export's id.
bool is_next_token(std::string_view token) {
    constexpr std::size_t kLength = 23;  // 14 digits, a hyphen, 8 hexadecimal ones
    return token.size() == kLength && std::ranges::all_of(token, [](char c) {
               return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

}  // namespace

Result<Request> parse_export_table_to_point_in_time(dom::element body) {
    const Fields fields(shape_of(Operation::ExportTableToPointInTime), body);
    ExportTableToPointInTimeRequest request;
    request.table_arn = fields.text("TableArn");
    ExportWish& wish = request.wish;
    MB_TRY(wish.table, parse_table_arn(request.table_arn));
    MB_TRY(wish.increment, parse_increment(fields));
    MB_TRY_STATUS(parse_target(wish, fields));
    wish.token = fields.text("ClientToken");
    if (const auto time = fields.find("ExportTime")) {
        wish.time = wall_time(*time);
    }
    return request;
}

Result<Request> parse_describe_export(dom::element body) {
    const Fields fields(shape_of(Operation::DescribeExport), body);
    const std::string_view arn = fields.text("ExportArn");
    const auto parts = parse_owned_arn(arn, "export");
    if (!parts) {
        return base::fail(Code::Invalid, "Invalid Export ARN");
    }
    return DescribeExportRequest{std::string(arn), std::string(parts->id)};
}

Result<Request> parse_list_exports(dom::element body) {
    const Fields fields(shape_of(Operation::ListExports), body);
    ListExportsRequest request;
    if (fields.find("TableArn")) {
        MB_TRY(request.table, parse_table_arn(fields.text("TableArn")));
    }
    request.limit = static_cast<std::size_t>(fields.number("MaxResults", kExportsMax));
    request.before = fields.text("NextToken");
    if (fields.find("NextToken") && !is_next_token(request.before)) {
        return invalid_request("Provided nextToken is invalid: " + request.before);
    }
    return request;
}

}  // namespace millbeck::runtime
