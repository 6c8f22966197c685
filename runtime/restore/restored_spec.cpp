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
using capture::invalid_values;
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

bool is_of(const KeptIndex& kept, const IndexSpec& index, IndexKind kind) {
    return index.kind == kind && index.name == kept.name && keys_of(index.keys) == kept.keys &&
           index.projection == kept.projection && same_names(index.included, kept.included);
}

Status check_units(BillingMode billing, bool given, const std::string& what) {
    if (billing == BillingMode::PayPerRequest && given) {
        return invalid_values(
            fmt::format("{} cannot be specified when BillingMode is PAY_PER_REQUEST", what));
    }
    if (billing == BillingMode::Provisioned && !given) {
        return invalid_values(
            fmt::format("{} must be specified when BillingMode is PROVISIONED", what));
    }
    return {};
}

// Of a table that changes its mode the source's units mean nothing.
Status settle_index(IndexSpec& index, const TableSpec& table, const KeptIndex* kept,
                    bool changed_mode) {
    if (index.kind == IndexKind::Local) {
        return {};
    }
    index.warm = {};
    if (kept != nullptr && kept->throughput) {
        MB_TRY_STATUS(check_units(table.billing, true, "ProvisionedThroughput of an index"));
        index.throughput = *kept->throughput;
    } else if (changed_mode) {
        MB_TRY_STATUS(check_units(table.billing, false, "ProvisionedThroughput of an index"));
        index.throughput = {};
    }
    if (changed_mode) {
        index.maximum = {};
    }
    if (kept != nullptr && !kept->maximum.empty()) {
        MB_TRY(index.maximum, capture::new_maximum(kept->maximum, table.billing, index.name));
    }
    if (kept != nullptr && !kept->warm.empty()) {
        MB_TRY(index.warm,
               capture::new_warm(kept->warm, table.billing, index.throughput, index.name));
    }
    return {};
}

Status add_indexes(TableSpec& spec, const capture::TableDescription& source, IndexKind kind,
                   const std::optional<std::vector<KeptIndex>>& wanted, bool changed_mode) {
    std::vector<const KeptIndex*> used;
    for (const capture::IndexDescription& each : source.indexes) {
        if (each.spec.kind != kind) {
            continue;
        }
        const KeptIndex* kept = nullptr;
        if (wanted) {
            const auto found = std::ranges::find_if(
                *wanted, [&](const KeptIndex& one) { return is_of(one, each.spec, kind); });
            if (found == wanted->end()) {
                continue;
            }
            kept = &*found;
            used.push_back(kept);
        }
        IndexSpec index = each.spec;
        MB_TRY_STATUS(settle_index(index, spec, kept, changed_mode));
        spec.indexes.push_back(std::move(index));
    }
    if (!wanted) {
        return {};
    }
    for (const KeptIndex& one : *wanted) {
        if (std::ranges::find(used, &one) == used.end()) {
            return invalid_values(fmt::format(
                "The source table has no index {} with this key schema and projection", one.name));
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
    spec.table_class = source.spec.table_class;
    spec.encryption_key = overrides.encryption_key.value_or(source.spec.encryption_key);
    spec.shard_count = source.spec.shard_count;
    const bool changed_mode = spec.billing != source.spec.billing;
    if (overrides.throughput || changed_mode) {
        MB_TRY_STATUS(check_units(spec.billing, overrides.throughput.has_value(),
                                  "ProvisionedThroughputOverride"));
        spec.throughput = overrides.throughput.value_or(capture::Throughput{});
    } else {
        spec.throughput = source.spec.throughput;
    }
    spec.maximum = changed_mode ? capture::Throughput{} : source.spec.maximum;
    if (!overrides.maximum.empty()) {
        MB_TRY(spec.maximum, capture::new_maximum(overrides.maximum, spec.billing, ""));
    }
    MB_TRY_STATUS(add_indexes(spec, source, IndexKind::Local, overrides.locals, changed_mode));
    MB_TRY_STATUS(add_indexes(spec, source, IndexKind::Global, overrides.globals, changed_mode));
    return spec;
}

}  // namespace millbeck::runtime
