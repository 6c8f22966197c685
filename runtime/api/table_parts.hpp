// What CreateTable and UpdateTable have in common.
// Shows simdjson's types, so only the parsers' source files include it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/fields.hpp"

namespace millbeck::runtime {

// Requires, for all: the constraints of the request hold. Errors: Invalid, with the service's
// texts.

capture::BillingMode parse_billing_mode(std::string_view text);
base::Result<std::optional<capture::Throughput>> parse_table_throughput(const Fields& fields);

// OnDemandThroughput and WarmThroughput, of a table or of an index; empty when absent. `member`:
// what the call names it.
capture::UnitsChange parse_maximum(const Fields& fields,
                                   std::string_view member = "OnDemandThroughput");
capture::UnitsChange parse_warm(const Fields& fields);

// SSESpecification as TableSpec keeps it; nullopt: absent.
base::Result<std::optional<std::string>> parse_encryption(
    const Fields& fields, std::string_view member = "SSESpecification");

// What is wrong with a StreamSpecification is said in other words when a table is created.
struct StreamTexts {
    std::string_view type_missing;
    std::string_view type_given;
};
// nullopt: off.
base::Result<std::optional<shardlog::StreamViewType>> parse_stream(
    simdjson::dom::element specification, const StreamTexts& texts);

}  // namespace millbeck::runtime
