#include "runtime/api/export_json.hpp"

#include <string_view>

#include "runtime/api/json_writer.hpp"
#include "runtime/api/resource_arn.hpp"

namespace millbeck::runtime {
namespace {

using shardlog::Identity;

std::string_view state_text(ExportState state) {
    switch (state) {
        case ExportState::InProgress:
            return "IN_PROGRESS";
        case ExportState::Completed:
            return "COMPLETED";
        case ExportState::Failed:
            return "FAILED";
    }
    base::check_failed(__FILE__, __LINE__, "state", "not an enumerator");
}

void write_text(JsonWriter& json, std::string_view name, const std::string& text) {
    if (!text.empty()) {
        json.key(name).text(text);
    }
}

void write_wish(JsonWriter& json, const ExportWish& wish) {
    write_text(json, "ClientToken", wish.token);
    json.key("S3Bucket").text(wish.bucket);
    write_text(json, "S3BucketOwner", wish.bucket_owner);
    write_text(json, "S3Prefix", wish.prefix);
    json.key("S3SseAlgorithm").text(wish.encryption.empty() ? "AES256" : wish.encryption);
    write_text(json, "S3SseKmsKeyId", wish.encryption_key);
}

void write_end(JsonWriter& json, const Export& one) {
    write_text(json, "FailureCode", one.failure_code);
    write_text(json, "FailureMessage", one.failure);
    json.key("ExportFormat").text("DYNAMODB_JSON");
    if (one.state == ExportState::Completed) {
        json.key("BilledSizeBytes").integer(static_cast<std::int64_t>(one.bytes));
        json.key("ItemCount").integer(static_cast<std::int64_t>(one.items));
    }
}

void write_increment(JsonWriter& json, const Export& one) {
    const auto& increment = *one.wish.increment;
    json.key("ExportType").text("INCREMENTAL_EXPORT");
    json.key("IncrementalExportSpecification").begin_object();
    json.key("ExportFromTime").seconds(increment.from);
    json.key("ExportToTime").seconds(one.as_of);
    json.key("ExportViewType")
        .text(increment.view == ExportView::NewImage ? "NEW_IMAGE" : "NEW_AND_OLD_IMAGES");
    json.end_object();
}

}  // namespace

// ExportType of a full export is not told. Source: recorded.
std::string export_description_json(const Export& one, const Identity& identity) {
    JsonWriter json;
    json.begin_object().key("ExportDescription").begin_object();
    json.key("ExportArn").text(export_arn(identity, one));
    json.key("ExportStatus").text(state_text(one.state));
    json.key("StartTime").seconds(one.started);
    if (one.ended) {
        json.key("EndTime").seconds(*one.ended);
    }
    write_text(json, "ExportManifest", one.manifest_key);
    json.key("TableArn").text(shardlog::table_arn(identity, one.wish.table));
    json.key("TableId").text(one.table_uuid);
    if (!one.wish.increment) {
        json.key("ExportTime").seconds(one.as_of);
    }
    write_wish(json, one.wish);
    write_end(json, one);
    if (one.wish.increment) {
        write_increment(json, one);
    }
    return json.end_object().end_object().take();
}

std::string export_page_json(const ExportPage& page, const Identity& identity) {
    JsonWriter json;
    json.begin_object().key("ExportSummaries").begin_array();
    for (const Export& one : page.exports) {
        json.begin_object().key("ExportArn").text(export_arn(identity, one));
        json.key("ExportStatus").text(state_text(one.state));
        json.key("ExportType").text(one.wish.increment ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
        json.end_object();
    }
    json.end_array();
    if (!page.is_last) {
        json.key("NextToken").text(page.exports.back().id);
    }
    return json.end_object().take();
}

}  // namespace millbeck::runtime
