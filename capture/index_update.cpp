#include "capture/index_update.hpp"

#include <algorithm>
#include <string>

#include "capture/capacity.hpp"
#include "capture/index_limits.hpp"
#include "capture/invalid_values.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using Indexes = std::vector<IndexDescription>;

Indexes::iterator find_index(Indexes& indexes, const std::string& name) {
    return std::find_if(indexes.begin(), indexes.end(),
                        [&](const auto& index) { return index.spec.name == name; });
}

// Errors: NotFound; Invalid for a local one, which `verb` (update, delete) is not for.
Result<Indexes::iterator> find_global(TableDescription& table, const std::string& name,
                                      const char* verb) {
    const auto found = find_index(table.indexes, name);
    if (found == table.indexes.end()) {
        return fail(Code::NotFound, "Requested resource not found: Index " + name + " for table " +
                                        table.spec.name.value());
    }
    if (found->spec.kind == IndexKind::Local) {
        return fail(Code::Invalid, std::string("Cannot ") + verb +
                                       " an index that is not a GlobalSecondaryIndex: " + name);
    }
    return found;
}

// ---- AttributeDefinitions

// `Schema:[SchemaElement: key{p:S:HASH}]`
std::string schema_text(const KeySchema& keys) {
    std::string text = "Schema:[";
    const auto add = [&](const std::vector<KeyAttribute>& attributes, const char* type) {
        for (const KeyAttribute& key : attributes) {
            text.append(text.back() == '[' ? "" : ", ").append("SchemaElement: key{");
            text.append(key.name).append(":").append(to_string(key.type)).append(type);
        }
    };
    add(keys.hashes(), ":HASH}");
    add(keys.ranges(), ":RANGE}");
    return text + "]";
}

// No key of the new index has another type than what is there says. Definitions that nothing uses
// are passed over.
Status check_types(const TableDescription& before, const KeySchema& added) {
    std::vector<const KeySchema*> schemas{&before.spec.keys};
    for (const IndexDescription& index : before.indexes) {
        schemas.push_back(&index.spec.keys);
    }
    for (const KeySchema* schema : schemas) {
        for (const KeyAttribute& known : schema->attributes()) {
            for (const KeyAttribute& key : added.attributes()) {
                if (key.name == known.name && key.type != known.type) {
                    return invalid_values(
                        "Attributes cannot be redefined. Please check that your attribute has the "
                        "same type as previously defined. Existing schema: " +
                        schema_text(before.spec.keys) + " New schema: " + schema_text(added));
                }
            }
        }
    }
    return {};
}

// ---- units of capacity

std::string units_text(const char* which, const std::string& index, std::int64_t current,
                       std::int64_t requested) {
    return std::string("Current ") + which + " provisioned for index " + index + ": " +
           std::to_string(current) + ". Requested " + which + ": " + std::to_string(requested) +
           ". ";
}

Status set_units(Throughput& current, BillingMode before, const std::string& index,
                 const Throughput& wanted) {
    if (wanted == current && before == BillingMode::Provisioned) {
        return fail(
            Code::Invalid,
            "The provisioned throughput for the index " + index +
                " will not change. The requested value equals the current value. " +
                units_text("ReadCapacityUnits", index, current.read_units, wanted.read_units) +
                units_text("WriteCapacityUnits", index, current.write_units, wanted.write_units) +
                "Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
                "request higher limits.");
    }
    current = wanted;
    return {};
}

tl::unexpected<base::Error> units_missing(const std::string& index) {
    return invalid_values(
        "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " + index);
}

Status check_mode(const TableDescription& table, const IndexCapacity& change, bool switched) {
    const bool nothing = !change.throughput && change.maximum.empty() && change.warm.empty();
    if (table.spec.billing == BillingMode::Provisioned) {
        return nothing ? Status(units_missing(change.index)) : Status{};
    }
    if (change.throughput && switched) {
        return invalid_values(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: " +
            change.index + " when BillingMode is PAY_PER_REQUEST");
    }
    if (change.throughput || nothing) {
        return invalid_values("The only Updates for index: " + change.index +
                              " when TableThroughputMode is PAY_PER_REQUEST can be to "
                              "OnDemandThroughput, WarmThroughput");
    }
    return {};
}

Status change_capacity(TableDescription& table, BillingMode before, const IndexCapacity& change) {
    MB_TRY(const auto found, find_global(table, change.index, "update"));
    MB_TRY_STATUS(check_mode(table, change, before != table.spec.billing));
    IndexSpec& index = found->spec;
    if (change.throughput) {
        MB_TRY_STATUS(set_units(index.throughput, before, index.name, *change.throughput));
    }
    MB_TRY_STATUS(change_maximum(index.maximum, change.maximum, table.spec.billing, index.name));
    return change_warm(index.warm, change.warm, index.name);
}

Status apply_capacities(TableDescription& table, BillingMode before, const TableUpdate& update) {
    for (const IndexCapacity& change : update.index_capacities) {
        MB_TRY_STATUS(change_capacity(table, before, change));
    }
    const bool on_demand = table.spec.billing == BillingMode::PayPerRequest;
    for (IndexDescription& index : table.indexes) {
        IndexSpec& spec = index.spec;
        if (spec.kind != IndexKind::Global) {
            continue;
        }
        if (on_demand) {
            spec.throughput = {};
        } else if (spec.throughput == Throughput{}) {
            return invalid_values("ProvisionedThroughput must be specified for index: " +
                                  spec.name);
        }
        settle_capacity(spec.maximum, spec.warm, table.spec.billing, spec.throughput);
    }
    return {};
}

// ---- creation and deletion

Status check_creation(const TableDescription& table, const IndexSpec& index) {
    const bool on_demand = table.spec.billing == BillingMode::PayPerRequest;
    const bool units = !(index.throughput == Throughput{});
    if (on_demand && units) {
        return invalid_values("ProvisionedThroughput should not be specified for index: " +
                              index.name + " when BillingMode is PAY_PER_REQUEST");
    }
    if (!on_demand && !units) {
        return units_missing(index.name);
    }
    std::vector<IndexSpec> all{index};
    std::size_t global = 1;
    for (const IndexDescription& each : table.indexes) {
        all.push_back(each.spec);
        global += each.spec.kind == IndexKind::Global ? 1 : 0;
    }
    // As a limit here, as an invalid value when a table is made.
    if (global > kGlobalIndexesMax) {
        return fail(Code::LimitExceeded,
                    "Subscriber limit exceeded: Number of global secondary indexes exceeds "
                    "per-table limit of " +
                        std::to_string(kGlobalIndexesMax));
    }
    return check_index_limits(all);
}

Status check_busy(const Indexes& indexes, const TableUpdate& update) {
    // One that is being filled may be given up.
    const bool busy = std::any_of(indexes.begin(), indexes.end(), [&](const auto& index) {
        return index.status == IndexStatus::Creating && index.spec.name != update.delete_index;
    });
    return busy ? fail(Code::LimitExceeded, std::string(kOneIndexAtATime)) : Status{};
}

}  // namespace

Result<IndexSpec> index_to_make(const TableSpec& table, const TableUpdate& update) {
    IndexSpec index = *update.create_index;
    MB_TRY(index.maximum, new_maximum(update.create_maximum, table.billing, index.name));
    MB_TRY(index.warm, new_warm(update.create_warm, table.billing, index.throughput, index.name));
    settle_capacity(index.maximum, index.warm, table.billing, index.throughput);
    return index;
}

Status apply_index_changes(TableDescription& table, const TableDescription& before,
                           const TableUpdate& update) {
    if (update.create_index) {
        MB_TRY_STATUS(check_types(before, update.create_index->keys));
    }
    if (update.create_index || update.delete_index) {
        MB_TRY_STATUS(check_busy(table.indexes, update));
    }
    MB_TRY_STATUS(apply_capacities(table, before.spec.billing, update));
    if (update.create_index) {
        if (find_index(table.indexes, update.create_index->name) != table.indexes.end()) {
            return fail(Code::Invalid, "Attempting to create an index which already exists");
        }
        MB_TRY_STATUS(check_creation(table, *update.create_index));
    }
    if (update.delete_index) {
        MB_TRY(const auto found, find_global(table, *update.delete_index, "delete"));
        table.indexes.erase(found);
    }
    return {};
}

}  // namespace millbeck::capture
