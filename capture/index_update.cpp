#include "capture/index_update.hpp"

#include <algorithm>
#include <string>

#include "capture/index_limits.hpp"
#include "capture/java_hash_order.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Status;
using Indexes = std::vector<IndexDescription>;

tl::unexpected<base::Error> invalid(const std::string& text) {
    return fail(Code::Invalid, "One or more parameter values were invalid: " + text);
}

Indexes::iterator find_index(Indexes& indexes, const std::string& name) {
    return std::find_if(indexes.begin(), indexes.end(),
                        [&](const auto& index) { return index.spec.name == name; });
}

// End: there is none, or it is not a global one, which the service does not tell apart.
Indexes::iterator find_global(Indexes& indexes, const std::string& name) {
    const auto found = find_index(indexes, name);
    return found != indexes.end() && found->spec.kind == IndexKind::Local ? indexes.end() : found;
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

std::string names_text(const std::vector<KeyAttribute>& attributes, Buckets buckets) {
    std::vector<std::string_view> names;
    for (const KeyAttribute& attribute : attributes) {
        names.push_back(attribute.name);
    }
    return "[" + join_names(java_hash_order(std::move(names), buckets)) + "]";
}

// All definitions are of keys and none gives a key that is there another type.
Status check_definitions(const TableDescription& before, const TableUpdate& update) {
    std::vector<const KeySchema*> schemas{&before.spec.keys};
    for (const IndexDescription& index : before.indexes) {
        schemas.push_back(&index.spec.keys);
    }
    if (update.create_index) {
        schemas.push_back(&update.create_index->keys);
    }
    std::vector<KeyAttribute> used;
    for (const KeySchema* schema : schemas) {
        for (const KeyAttribute& key : schema->attributes()) {
            const auto known = std::find_if(
                used.begin(), used.end(), [&](const auto& each) { return each.name == key.name; });
            if (known == used.end()) {
                used.push_back(key);
            } else if (known->type != key.type) {
                return invalid(
                    "Attributes cannot be redefined. Please check that your attribute has the same "
                    "type as previously defined. Existing schema: " +
                    schema_text(before.spec.keys) + " New schema: " + schema_text(*schema));
            }
        }
    }
    for (const KeyAttribute& definition : update.definitions) {
        const auto same = [&](const KeyAttribute& key) { return key.name == definition.name; };
        if (std::none_of(used.begin(), used.end(), same)) {
            return invalid("Some AttributeDefinitions are not used. AttributeDefinitions: " +
                           names_text(update.definitions, Buckets::BySize) +
                           ", keys used: " + names_text(used, Buckets::Sixteen));
        }
    }
    return {};
}

// ---- units of capacity

std::string units_text(const char* which, std::int64_t current, std::int64_t requested) {
    return std::string("Current ") + which +
           " provisioned for the index: " + std::to_string(current) + ". Requested " + which +
           ": " + std::to_string(requested) + ". ";
}

Status set_units(TableDescription& table, BillingMode before, const IndexThroughput& change) {
    const auto found = find_global(table.indexes, change.index);
    if (found == table.indexes.end()) {
        return fail(Code::NotFound, "Requested resource not found");
    }
    const Throughput wanted = change.throughput;
    Throughput& current = found->spec.throughput;
    if (wanted == current && before == BillingMode::Provisioned) {
        return fail(
            Code::Invalid,
            "The provisioned throughput for the index " + change.index +
                " will not change. The requested value equals the current value. " +
                units_text("ReadCapacityUnits", current.read_units, wanted.read_units) +
                units_text("WriteCapacityUnits", current.write_units, wanted.write_units) +
                "Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
                "request higher limits.");
    }
    current = wanted;
    return {};
}

tl::unexpected<base::Error> units_missing(const std::string& index) {
    return invalid("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " +
                   index);
}

Status apply_units(TableDescription& table, BillingMode before, const TableUpdate& update) {
    const bool on_demand = table.spec.billing == BillingMode::PayPerRequest;
    if (on_demand && !update.index_throughputs.empty()) {
        return invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST");
    }
    for (const IndexThroughput& change : update.index_throughputs) {
        MB_TRY_STATUS(set_units(table, before, change));
    }
    const bool changed = before != table.spec.billing;
    for (IndexDescription& index : table.indexes) {
        if (on_demand) {
            index.spec.throughput = {};
        } else if (changed && index.spec.kind == IndexKind::Global &&
                   index.spec.throughput == Throughput{}) {
            return units_missing(index.spec.name);
        }
    }
    return {};
}

// ---- creation and deletion

Status check_creation(const TableDescription& table, const IndexSpec& index) {
    const bool on_demand = table.spec.billing == BillingMode::PayPerRequest;
    const bool units = !(index.throughput == Throughput{});
    if (on_demand && units) {
        return invalid("ProvisionedThroughput should not be specified for index: " + index.name +
                       " when BillingMode is PAY_PER_REQUEST");
    }
    if (!on_demand && !units) {
        return units_missing(index.name);
    }
    std::vector<IndexSpec> all{index};
    for (const IndexDescription& each : table.indexes) {
        all.push_back(each.spec);
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

Status apply_index_changes(TableDescription& table, const TableDescription& before,
                           const TableUpdate& update) {
    MB_TRY_STATUS(check_definitions(before, update));
    if (update.create_index || update.delete_index) {
        MB_TRY_STATUS(check_busy(table.indexes, update));
    }
    MB_TRY_STATUS(apply_units(table, before.spec.billing, update));
    if (update.create_index) {
        if (find_index(table.indexes, update.create_index->name) != table.indexes.end()) {
            return fail(Code::Invalid, "Attempting to create an index which already exists");
        }
        MB_TRY_STATUS(check_creation(table, *update.create_index));
    }
    if (update.delete_index) {
        const auto found = find_global(table.indexes, *update.delete_index);
        if (found == table.indexes.end()) {
            return fail(Code::NotFound, "Requested resource not found");
        }
        table.indexes.erase(found);
    }
    return {};
}

}  // namespace millbeck::capture
