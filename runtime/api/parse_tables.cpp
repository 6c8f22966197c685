#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/api/fields.hpp"
#include "runtime/api/parse_key_schema.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using StreamSetting = std::optional<shardlog::StreamViewType>;

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";
constexpr std::int64_t kUnitsMax = 1'000'000'000'000;
constexpr std::size_t kTagsMax = 50;  // Source: ServiceQuotas, "Tags"

tl::unexpected<base::Error> invalid(std::string_view text) {
    return base::fail(Code::Invalid, fmt::format("{}{}", kInvalid, text));
}

base::Result<std::int64_t> parse_units(const Fields& fields, std::string_view name) {
    const std::int64_t units = fields.number(name, 0);
    if (units > kUnitsMax) {
        return base::fail(Code::Invalid,
                          fmt::format("Given value {} for {} is out of bounds", units, name));
    }
    return units;
}

base::Result<std::optional<capture::Throughput>> parse_throughput(const Fields& fields) {
    const auto given = fields.find("ProvisionedThroughput");
    if (!given) {
        return std::nullopt;
    }
    const Fields inner(shapes::kProvisionedThroughput, *given);
    capture::Throughput throughput;
    MB_TRY(throughput.read_units, parse_units(inner, "ReadCapacityUnits"));
    MB_TRY(throughput.write_units, parse_units(inner, "WriteCapacityUnits"));
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

base::Result<std::vector<capture::Tag>> parse_tags(const Fields& fields) {
    std::vector<capture::Tag> tags;
    const auto list = fields.find("Tags");
    if (!list) {
        return tags;
    }
    std::set<std::string_view> keys;
    for (const dom::element element : list_of(*list)) {
        const Fields tag(shapes::kTag, element);
        if (tags.size() == kTagsMax) {
            return invalid(fmt::format("A table can have at most {} tags", kTagsMax));
        }
        if (!keys.insert(tag.text("Key")).second) {
            return invalid(fmt::format("Duplicate tag key: {}", tag.text("Key")));
        }
        tags.push_back({std::string(tag.text("Key")), std::string(tag.text("Value"))});
    }
    return tags;
}

// Table class and deletion protection each want a request of their own.
base::Status check_alone(const Fields& fields) {
    constexpr std::array<std::string_view, 5> kChanges{"BillingMode", "ProvisionedThroughput",
                                                       "StreamSpecification", "TableClass",
                                                       "DeletionProtectionEnabled"};
    const auto given = [&](std::string_view name) { return fields.find(name).has_value(); };
    const auto changes = std::ranges::count_if(kChanges, given);
    for (const std::string_view name : {kChanges[3], kChanges[4]}) {
        if (given(name) && changes > 1) {
            return invalid(fmt::format("{} must be the only operation of the request", name));
        }
    }
    if (changes == 0) {
        return base::fail(
            Code::Invalid,
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
            "DeletionProtectionEnabled or TableClass is required");
    }
    if (given(kChanges[2]) && (given(kChanges[0]) || given(kChanges[1]))) {
        return invalid("You cannot modify stream status while updating table IOPS");
    }
    return {};
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
    capture::TableSpec spec;
    MB_TRY(spec.name, parse_table_name(fields.text("TableName")));
    spec.billing = billing_mode(fields.text("BillingMode"));
    MB_TRY(const auto throughput, parse_throughput(fields));
    MB_TRY_STATUS(check_billing(spec.billing, throughput));
    spec.throughput = throughput.value_or(capture::Throughput{});
    MB_TRY(spec.keys, parse_key_schema(fields));
    if (const auto stream = fields.find("StreamSpecification")) {
        MB_TRY(spec.stream, parse_stream(*stream, kCreateTexts));
    }
    spec.deletion_protection = fields.flag("DeletionProtectionEnabled").value_or(false);
    spec.table_class = fields.text("TableClass");
    MB_TRY(spec.tags, parse_tags(fields));
    return CreateTableRequest{std::move(spec)};
}

base::Result<Request> parse_update_table(dom::element body) {
    const Fields fields(shape_of(Operation::UpdateTable), body);
    capture::TableUpdate update;
    MB_TRY(update.name, parse_table_name(fields.text("TableName")));
    MB_TRY_STATUS(check_alone(fields));
    MB_TRY(update.throughput, parse_throughput(fields));
    if (fields.find("BillingMode")) {
        update.billing = billing_mode(fields.text("BillingMode"));
        MB_TRY_STATUS(check_billing(*update.billing, update.throughput));
    }
    if (const auto stream = fields.find("StreamSpecification")) {
        MB_TRY(update.stream, parse_stream(*stream, kUpdateTexts));
    }
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
