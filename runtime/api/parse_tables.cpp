#include <string>

#include <fmt/format.h>

#include "capture/capacity.hpp"
#include "capture/invalid_values.hpp"
#include "runtime/api/parse_indexes.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"
#include "runtime/api/table_parts.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using capture::invalid_values;

base::Status check_billing(capture::BillingMode mode,
                           const std::optional<capture::Throughput>& throughput) {
    if (mode == capture::BillingMode::PayPerRequest && throughput) {
        return invalid_values(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST");
    }
    if (mode == capture::BillingMode::Provisioned && !throughput) {
        return invalid_values(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
            "PROVISIONED");
    }
    return {};
}

base::Status parse_capacity(const Fields& fields, capture::TableSpec& spec) {
    spec.billing = parse_billing_mode(fields.text("BillingMode"));
    MB_TRY(const auto throughput, parse_table_throughput(fields));
    MB_TRY_STATUS(check_billing(spec.billing, throughput));
    spec.throughput = throughput.value_or(capture::Throughput{});
    MB_TRY(spec.maximum, capture::new_maximum(parse_maximum(fields), spec.billing, ""));
    MB_TRY(spec.warm, capture::new_warm(parse_warm(fields), spec.billing, spec.throughput, ""));
    return {};
}

constexpr StreamTexts kStreamTexts{
    "Table is being created with a stream enabled, UpdateViewType is required",
    "Table is being created with a stream disabled, UpdateViewType should not be specified"};

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
    MB_TRY_STATUS(parse_capacity(fields, spec));
    MB_TRY(const auto definitions, parse_definitions(*fields.find("AttributeDefinitions")));
    MB_TRY(spec.keys, parse_key_schema(*fields.find("KeySchema"), definitions, KeyArity::Single));
    MB_TRY(spec.indexes, parse_indexes(fields, spec, definitions));
    if (const auto stream = fields.find("StreamSpecification")) {
        MB_TRY(spec.stream, parse_stream(*stream, kStreamTexts));
    }
    MB_TRY(const auto encryption, parse_encryption(fields));
    spec.encryption_key = encryption.value_or("");
    spec.deletion_protection = fields.flag("DeletionProtectionEnabled").value_or(false);
    spec.table_class = fields.text("TableClass");
    if (const auto tags = fields.find("Tags")) {
        MB_TRY(spec.tags, parse_tags(*tags));
    }
    return CreateTableRequest{std::move(spec)};
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
