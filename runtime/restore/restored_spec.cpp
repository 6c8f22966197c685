#include "runtime/restore/restored_spec.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "capture/capacity.hpp"
#include "capture/invalid_values.hpp"

namespace millbeck::runtime {
namespace {

using base::Result;
using base::Status;
using capture::BillingMode;
using capture::IndexKind;
using capture::IndexSpec;
using capture::TableSpec;

std::vector<KeptIndex::Key> keys_of(const capture::KeySchema& schema) {
    std::vector<KeptIndex::Key> keys;
    for (const auto& key : schema.hashes()) {
        keys.push_back({key.name, true});
    }
    for (const auto& key : schema.ranges()) {
        keys.push_back({key.name, false});
    }
    return keys;
}

// The service sorts what an index includes; so two lists of the same names are equal here.
bool same_names(std::vector<std::string> a, std::vector<std::string> b) {
    std::ranges::sort(a);
    std::ranges::sort(b);
    return a == b;
}

// By what it is, not by its name: an override may give it another one. Source: recorded.
bool is_of(const KeptIndex& kept, const IndexSpec& index, IndexKind kind) {
    return index.kind == kind && keys_of(index.keys) == kept.keys &&
           index.projection == kept.projection && same_names(index.included, kept.included);
}

tl::unexpected<base::Error> invalid_request(const std::string& why) {
    return base::fail(base::Code::Invalid, "Invalid Request: " + why);
}

std::string for_index(const std::string& index) {
    return index.empty() ? "" : " for index " + index;
}

// Of an override of units: whether the mode is asked for as well decides the words.
Status check_units(const TableSpec& table, const RestoreOverrides& overrides, bool given,
                   const std::string& index) {
    const bool on_demand = table.billing == BillingMode::PayPerRequest;
    if (on_demand && given) {
        return invalid_request((overrides.billing
                                    ? "Cannot override ProvisionedThroughput if BillingMode is "
                                      "overridden to PAY_PER_REQUEST"
                                    : "Cannot override ProvisionedThroughput unless BillingMode is "
                                      "PROVISIONED") +
                               for_index(index));
    }
    if (!on_demand && !given && overrides.billing) {
        return invalid_request(
            "Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED" +
            for_index(index));
    }
    return {};
}

Status check_maximum(const capture::UnitsChange& maximum, const TableSpec& table,
                     const std::string& index) {
    if (table.billing == BillingMode::Provisioned && !maximum.empty()) {
        return invalid_request(fmt::format(
            "Cannot override {} for OnDemandThroughput unless "
            "BillingModeOverride is PAY_PER_REQUEST{}",
            maximum.read_units ? "MaxReadRequestUnits" : "MaxWriteRequestUnits", for_index(index)));
    }
    for (const auto& [name, units] : {std::pair("MaxReadRequestUnits", maximum.read_units),
                                      std::pair("MaxWriteRequestUnits", maximum.write_units)}) {
        if (units && *units < 1) {
            return invalid_request(
                fmt::format("Requested {} for OnDemandThroughput is outside of valid range{}", name,
                            for_index(index)));
        }
    }
    return {};
}

// One that comes along as it is. Of a table that changes its mode the source's units mean nothing.
Status settle(IndexSpec& index, const TableSpec& table, const RestoreOverrides& overrides,
              bool changed_mode) {
    if (index.kind == IndexKind::Local) {
        return {};
    }
    index.warm = {};
    if (changed_mode) {
        index.throughput = {};
        index.maximum = {};
    }
    return check_units(table, overrides, false, index.name);
}

// One that is named by an override.
Status settle_kept(IndexSpec& index, const KeptIndex& kept, const TableSpec& table,
                   const RestoreOverrides& overrides) {
    index.name = kept.name;
    if (index.kind == IndexKind::Local) {
        return {};
    }
    if (table.billing == BillingMode::Provisioned && !kept.throughput) {
        return invalid_request("Must specify provisioned throughput for index " + kept.name);
    }
    MB_TRY_STATUS(check_units(table, overrides, kept.throughput.has_value(), kept.name));
    MB_TRY_STATUS(check_maximum(kept.maximum, table, kept.name));
    index.throughput = kept.throughput.value_or(capture::Throughput{});
    index.maximum = {};
    index.warm = {};
    if (!kept.maximum.empty()) {
        MB_TRY(index.maximum, capture::new_maximum(kept.maximum, table.billing, kept.name));
    }
    if (!kept.warm.empty()) {
        MB_TRY(index.warm,
               capture::new_warm(kept.warm, table.billing, index.throughput, kept.name));
    }
    return {};
}

Status add_kept(TableSpec& spec, const capture::TableDescription& source, IndexKind kind,
                const std::vector<KeptIndex>& wanted, const RestoreOverrides& overrides) {
    for (const KeptIndex& kept : wanted) {
        const auto found = std::ranges::find_if(
            source.indexes, [&](const auto& each) { return is_of(kept, each.spec, kind); });
        if (found == source.indexes.end()) {
            return invalid_request(fmt::format(
                "Index {} does not match a secondary index that existed in the source table and "
                "cannot be created during the restore operation",
                kept.name));
        }
        IndexSpec index = found->spec;
        MB_TRY_STATUS(settle_kept(index, kept, spec, overrides));
        if (std::ranges::find(spec.indexes, index.name, &IndexSpec::name) != spec.indexes.end()) {
            return capture::invalid_values("Duplicate index name: " + index.name);
        }
        spec.indexes.push_back(std::move(index));
    }
    return {};
}

Status add_indexes(TableSpec& spec, const capture::TableDescription& source, IndexKind kind,
                   const std::optional<std::vector<KeptIndex>>& wanted,
                   const RestoreOverrides& overrides) {
    if (wanted) {
        return add_kept(spec, source, kind, *wanted, overrides);
    }
    for (const capture::IndexDescription& each : source.indexes) {
        if (each.spec.kind == kind) {
            IndexSpec index = each.spec;
            MB_TRY_STATUS(settle(index, spec, overrides, spec.billing != source.spec.billing));
            spec.indexes.push_back(std::move(index));
        }
    }
    return {};
}

}  // namespace

Result<TableSpec> restored_spec(const capture::TableDescription& source,
                                const shardlog::TableName& target,
                                const RestoreOverrides& overrides) {
    TableSpec spec;
    spec.name = target;
    spec.keys = source.spec.keys;
    spec.billing = overrides.billing.value_or(source.spec.billing);
    spec.encryption_key = overrides.encryption_key.value_or(source.spec.encryption_key);
    spec.shard_count = source.spec.shard_count;
    MB_TRY_STATUS(check_units(spec, overrides, overrides.throughput.has_value(), ""));
    MB_TRY_STATUS(check_maximum(overrides.maximum, spec, ""));
    if (spec.billing == source.spec.billing) {
        spec.throughput = source.spec.throughput;
        spec.maximum = source.spec.maximum;
    }
    if (overrides.throughput) {
        spec.throughput = *overrides.throughput;
    }
    if (!overrides.maximum.empty()) {
        MB_TRY(spec.maximum, capture::new_maximum(overrides.maximum, spec.billing, ""));
    }
    MB_TRY_STATUS(add_indexes(spec, source, IndexKind::Local, overrides.locals, overrides));
    MB_TRY_STATUS(add_indexes(spec, source, IndexKind::Global, overrides.globals, overrides));
    return spec;
}

}  // namespace millbeck::runtime
