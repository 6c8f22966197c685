#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "runtime/api/fields.hpp"
#include "runtime/api/parse_indexes.hpp"
#include "runtime/api/parse_key_schema.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using StreamSetting = std::optional<shardlog::StreamViewType>;

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

tl::unexpected<base::Error> invalid(std::string_view text) {
    return base::fail(Code::Invalid, fmt::format("{}{}", kInvalid, text));
}

base::Result<std::optional<capture::Throughput>> parse_table_throughput(const Fields& fields) {
    const auto given = fields.find("ProvisionedThroughput");
    if (!given) {
        return std::nullopt;
    }
    MB_TRY(const auto throughput, parse_throughput(*given, ""));
    return throughput;
}

base::Status check_billing(capture::BillingMode mode,
                           const std::optional<capture::Throughput>& throughput) {
    if (mode == capture::BillingMode::PayPerRequest && throughput) {
        return invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST");
    }
    if (mode == capture::BillingMode::Provisioned && !throughput) {
        return invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
            "PROVISIONED");
    }
    return {};
}

capture::BillingMode billing_mode(std::string_view text) {
    return text == "PAY_PER_REQUEST" ? capture::BillingMode::PayPerRequest
                                     : capture::BillingMode::Provisioned;
}

// What is wrong with a StreamSpecification is said in other words when a table is created.
struct StreamTexts {
    std::string_view type_missing;
    std::string_view type_given;
};
constexpr StreamTexts kCreateTexts{
    "Table is being created with a stream enabled, UpdateViewType is required",
    "Table is being created with a stream disabled, UpdateViewType should not be specified"};
constexpr StreamTexts kUpdateTexts{
    "If stream is being enabled then UpdateViewType is required",
    "If stream is being disabled, then UpdateViewType must not be specified"};

base::Result<StreamSetting> parse_stream(dom::element specification, const StreamTexts& texts) {
    const Fields fields(shapes::kStreamSpecification, specification);
    const bool enabled = fields.flag("StreamEnabled").value_or(false);
    const auto type = shardlog::parse_stream_view_type(fields.text("StreamViewType"));
    if (enabled && !type) {
        return invalid(texts.type_missing);
    }
    if (!enabled && type) {
        return invalid(texts.type_given);
    }
    return type;
}

// Table class and deletion protection each want a request of their own, a stream one without other
// units and indexes. Source: the texts of API_UpdateTable.
base::Status check_alone(const Fields& fields) {
    const auto given = [&](std::string_view name) { return fields.find(name).has_value(); };
    const bool units = given("BillingMode") || given("ProvisionedThroughput");
    const bool stream = given("StreamSpecification");
    const auto updates = fields.find("GlobalSecondaryIndexUpdates");
    const bool indexes = updates && list_of(*updates).size() > 0;
    const std::array<bool, 5> changes{units, stream, indexes, given("TableClass"),
                                      given("DeletionProtectionEnabled")};
    const auto count = std::ranges::count(changes, true);
    for (const std::string_view name : {"TableClass", "DeletionProtectionEnabled"}) {
        if (given(name) && count > 1) {
            return invalid(fmt::format("{} must be the only operation of the request", name));
        }
    }
    if (count == 0) {
        return base::fail(
            Code::Invalid,
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
            "DeletionProtectionEnabled or TableClass is required");
    }
    if (stream && units) {
        return invalid("You cannot modify stream status while updating table IOPS");
    }
    if (stream && indexes) {
        return invalid("You cannot modify stream status while updating indexes");
    }
    return {};
}

// Not enabled is what a table has anyway, on the service too: a key that costs nothing. Any other
// would be a promise that is not kept here.
base::Status check_encryption(const Fields& fields) {
    const auto given = fields.find("SSESpecification");
    if (!given) {
        return {};
    }
    const dom::object specification = object_of(*given);
    bool enabled = false;
    const bool is_off = specification["Enabled"].get(enabled) != simdjson::SUCCESS || !enabled;
    const bool has_type = specification["SSEType"].error() == simdjson::SUCCESS &&
                          !specification["SSEType"].is_null();
    return is_off && !has_type
               ? base::Status{}
               : base::fail(Code::Unsupported, "SSESpecification is not supported by Millbeck yet");
}

}  // namespace

base::Result<shardlog::TableName> parse_table_name(std::string_view text) {
    constexpr std::string_view kTable = ":table/";
    if (!text.starts_with("arn:")) {
        return shardlog::TableName(std::string(text));
    }
    const auto at = text.find(kTable);
    const std::string_view name =
        at == std::string_view::npos ? std::string_view() : text.substr(at + kTable.size());
    if (name.size() < 3 || name.size() > 255 || name.find('/') != std::string_view::npos) {
        return base::fail(Code::Invalid, "Invalid table ARN");
    }
    return shardlog::TableName(std::string(name));
}

base::Result<Request> parse_create_table(dom::element body) {
    const Fields fields(shape_of(Operation::CreateTable), body);
    MB_TRY_STATUS(check_encryption(fields));
    capture::TableSpec spec;
    MB_TRY(spec.name, parse_table_name(fields.text("TableName")));
    spec.billing = billing_mode(fields.text("BillingMode"));
    MB_TRY(const auto throughput, parse_table_throughput(fields));
    MB_TRY_STATUS(check_billing(spec.billing, throughput));
    spec.throughput = throughput.value_or(capture::Throughput{});
    MB_TRY(const auto definitions, parse_definitions(*fields.find("AttributeDefinitions")));
    MB_TRY(spec.keys, parse_key_schema(*fields.find("KeySchema"), definitions, KeyArity::Single));
    MB_TRY(spec.indexes, parse_indexes(fields, spec, definitions));
    if (const auto stream = fields.find("StreamSpecification")) {
        MB_TRY(spec.stream, parse_stream(*stream, kCreateTexts));
    }
    spec.deletion_protection = fields.flag("DeletionProtectionEnabled").value_or(false);
    spec.table_class = fields.text("TableClass");
    if (const auto tags = fields.find("Tags")) {
        MB_TRY(spec.tags, parse_tags(*tags));
    }
    return CreateTableRequest{std::move(spec)};
}

base::Result<Request> parse_update_table(dom::element body) {
    const Fields fields(shape_of(Operation::UpdateTable), body);
    capture::TableUpdate update;
    MB_TRY(update.name, parse_table_name(fields.text("TableName")));
    MB_TRY_STATUS(check_alone(fields));
    MB_TRY(update.throughput, parse_table_throughput(fields));
    if (fields.find("BillingMode")) {
        update.billing = billing_mode(fields.text("BillingMode"));
        MB_TRY_STATUS(check_billing(*update.billing, update.throughput));
    }
    if (const auto stream = fields.find("StreamSpecification")) {
        MB_TRY(update.stream, parse_stream(*stream, kUpdateTexts));
    }
    MB_TRY_STATUS(parse_index_updates(fields, update));
    update.deletion_protection = fields.flag("DeletionProtectionEnabled");
    if (fields.find("TableClass")) {
        update.table_class = fields.text("TableClass");
    }
    return UpdateTableRequest{std::move(update)};
}

base::Result<Request> parse_describe_table(dom::element body) {
    const Fields fields(shape_of(Operation::DescribeTable), body);
    MB_TRY(auto table, parse_table_name(fields.text("TableName")));
    return DescribeTableRequest{std::move(table)};
}

base::Result<Request> parse_delete_table(dom::element body) {
    const Fields fields(shape_of(Operation::DeleteTable), body);
    MB_TRY(auto table, parse_table_name(fields.text("TableName")));
    return DeleteTableRequest{std::move(table)};
}

base::Result<Request> parse_list_tables(dom::element body) {
    const Fields fields(shape_of(Operation::ListTables), body);
    return ListTablesRequest{std::string(fields.text("ExclusiveStartTableName")),
                             static_cast<std::size_t>(fields.number("Limit", 100))};
}

}  // namespace millbeck::runtime
