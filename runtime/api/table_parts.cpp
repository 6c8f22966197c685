#include "runtime/api/table_parts.hpp"

#include <fmt/format.h>

#include "capture/encryption.hpp"
#include "capture/invalid_values.hpp"
#include "runtime/api/parse_indexes.hpp"
#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using capture::invalid_values;

std::optional<std::int64_t> units_of(const Fields& fields, std::string_view name) {
    const auto given = fields.find(name);
    return given ? std::optional(whole_number(*given)) : std::nullopt;
}

// Without Enabled, a type alone asks for encryption. Source: recorded of CreateTable.
base::Result<std::string> encryption_of(const Fields& fields) {
    const std::optional<bool> enabled = fields.flag("Enabled");
    const std::string_view type = fields.text("SSEType");
    const auto key = fields.find("KMSMasterKeyId");
    if (enabled == false && (!type.empty() || key)) {
        return invalid_values(fmt::format("{} can not be specified if Enabled is false",
                                          type.empty() ? "KMSMasterKeyId" : "SSEType"));
    }
    if (type == "AES256") {
        return invalid_values("SSEType AES256 is not supported");
    }
    if (key) {
        return type.empty()
                   ? invalid_values("SSEType KMS is required if KMSMasterKeyId is specified")
                   : capture::encryption_key_of(fields.text("KMSMasterKeyId"));
    }
    return std::string(enabled == true || !type.empty() ? capture::kManagedKey : "");
}

}  // namespace

capture::BillingMode parse_billing_mode(std::string_view text) {
    return text == "PAY_PER_REQUEST" ? capture::BillingMode::PayPerRequest
                                     : capture::BillingMode::Provisioned;
}

base::Result<std::optional<capture::Throughput>> parse_table_throughput(const Fields& fields) {
    const auto given = fields.find("ProvisionedThroughput");
    if (!given) {
        return std::nullopt;
    }
    MB_TRY(const auto throughput, parse_throughput(*given, ""));
    return throughput;
}

capture::UnitsChange parse_maximum(const Fields& fields, std::string_view member) {
    const auto given = fields.find(member);
    if (!given) {
        return {};
    }
    const Fields members(shapes::kOnDemandThroughput, *given);
    return {units_of(members, "MaxReadRequestUnits"), units_of(members, "MaxWriteRequestUnits")};
}

capture::UnitsChange parse_warm(const Fields& fields) {
    const auto given = fields.find("WarmThroughput");
    if (!given) {
        return {};
    }
    const Fields members(shapes::kWarmThroughput, *given);
    return {units_of(members, "ReadUnitsPerSecond"), units_of(members, "WriteUnitsPerSecond")};
}

base::Result<std::optional<std::string>> parse_encryption(const Fields& fields,
                                                          std::string_view member) {
    const auto given = fields.find(member);
    if (!given) {
        return std::nullopt;
    }
    MB_TRY(std::string key, encryption_of(Fields(shapes::kSseSpecification, *given)));
    return key;
}

base::Result<std::optional<shardlog::StreamViewType>> parse_stream(dom::element specification,
                                                                   const StreamTexts& texts) {
    const Fields fields(shapes::kStreamSpecification, specification);
    const bool enabled = fields.flag("StreamEnabled").value_or(false);
    const auto type = shardlog::parse_stream_view_type(fields.text("StreamViewType"));
    if (enabled && !type) {
        return invalid_values(texts.type_missing);
    }
    if (!enabled && type) {
        return invalid_values(texts.type_given);
    }
    return type;
}

}  // namespace millbeck::runtime
