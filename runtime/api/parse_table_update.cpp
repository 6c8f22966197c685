// UpdateTable changes one thing at a time; what may come together was recorded of the service.
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "capture/invalid_values.hpp"
#include "runtime/api/parse_indexes.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"
#include "runtime/api/table_parts.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using base::Status;
using capture::invalid_values;
using capture::TableUpdate;

constexpr StreamTexts kStreamTexts{
    "If stream is being enabled then UpdateViewType is required",
    "If stream is being disabled, then UpdateViewType must not be specified"};

// What a request asks for. Structures without a member ask for nothing.
struct Asked {
    bool billing = false;
    bool units = false;
    bool stream = false;
    bool indexes = false;
    bool encryption = false;
    bool table_class = false;
    bool protection = false;
    bool maximum = false;
    bool warm = false;

    [[nodiscard]] std::ptrdiff_t count() const {
        const std::array all{billing,     units,      stream,  indexes, encryption,
                             table_class, protection, maximum, warm};
        return std::ranges::count(all, true);
    }
};

Asked asked_by(const Fields& fields) {
    const auto given = [&](std::string_view name) { return fields.find(name).has_value(); };
    const auto updates = fields.find("GlobalSecondaryIndexUpdates");
    Asked asked;
    asked.billing = given("BillingMode");
    asked.units = given("ProvisionedThroughput");
    asked.stream = given("StreamSpecification");
    asked.indexes = updates && list_of(*updates).size() > 0;
    asked.encryption = given("SSESpecification");
    asked.table_class = given("TableClass");
    asked.protection = given("DeletionProtectionEnabled");
    asked.maximum = !parse_maximum(fields).empty();
    asked.warm = !parse_warm(fields).empty();
    return asked;
}

Status check_something(const Fields& fields, const Asked& asked) {
    if (asked.count() == 0) {
        return base::fail(
            Code::Invalid,
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
            "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
            "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is "
            "required");
    }
    if (fields.find("GlobalSecondaryIndexUpdates") && !asked.indexes) {
        return invalid_values("List of GlobalSecondaryIndexUpdates is empty");
    }
    return {};
}

// The first of these that is there and not alone is named.
Status check_alone(const Asked& asked, const TableUpdate& update) {
    if (asked.count() == 1) {
        return {};
    }
    const std::array<std::pair<bool, std::string_view>, 3> alone{
        {{asked.encryption, "Server-Side Encryption"},
         {asked.table_class, "TableClass"},
         {asked.protection, "DeletionProtection"}}};
    for (const auto& [given, name] : alone) {
        if (given) {
            return invalid_values(
                fmt::format("{} modification must be the only operation in the request", name));
        }
    }
    if (asked.maximum && (!asked.billing || asked.stream || asked.warm)) {
        return invalid_values(
            "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
    }
    if (asked.warm) {
        return invalid_values(
            update.create_index ? "Create global secondary index cannot be specified when updating "
                                  "WarmThroughput"
                                : "WarmThroughput must be the only operation in the request");
    }
    return {};
}

Status check_together(const Asked& asked, const TableUpdate& update) {
    const bool one_index = update.create_index || update.delete_index;
    const bool provisioned = update.billing == capture::BillingMode::Provisioned;
    if (asked.stream && (asked.units || provisioned)) {
        return invalid_values("You cannot modify stream status while updating table IOPS");
    }
    if (one_index && asked.units) {
        return invalid_values("You cannot create or delete index while updating table IOPS");
    }
    if (one_index && asked.stream) {
        return invalid_values("You cannot create or delete index while changing stream status");
    }
    if (update.billing == capture::BillingMode::PayPerRequest && asked.units) {
        return invalid_values(
            "ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST");
    }
    if (provisioned && !asked.units) {
        return invalid_values(
            "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
    }
    return {};
}

}  // namespace

base::Result<Request> parse_update_table(dom::element body) {
    const Fields fields(shape_of(Operation::UpdateTable), body);
    TableUpdate update;
    MB_TRY(update.name, parse_table_name(fields.text("TableName")));
    const Asked asked = asked_by(fields);
    MB_TRY_STATUS(check_something(fields, asked));
    MB_TRY(update.throughput, parse_table_throughput(fields));
    if (asked.billing) {
        update.billing = parse_billing_mode(fields.text("BillingMode"));
    }
    update.maximum = parse_maximum(fields);
    update.warm = parse_warm(fields);
    if (const auto stream = fields.find("StreamSpecification")) {
        MB_TRY(update.stream, parse_stream(*stream, kStreamTexts));
    }
    MB_TRY_STATUS(parse_index_updates(fields, update));
    MB_TRY(update.encryption_key, parse_encryption(fields));
    MB_TRY_STATUS(check_alone(asked, update));
    MB_TRY_STATUS(check_together(asked, update));
    update.deletion_protection = fields.flag("DeletionProtectionEnabled");
    if (asked.table_class) {
        update.table_class = fields.text("TableClass");
    }
    return UpdateTableRequest{std::move(update)};
}

}  // namespace millbeck::runtime
