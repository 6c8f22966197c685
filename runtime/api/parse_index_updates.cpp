#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "capture/index_limits.hpp"
#include "capture/invalid_values.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/parse_indexes.hpp"
#include "runtime/api/shapes.hpp"
#include "runtime/api/table_parts.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using base::Result;
using base::Status;
using capture::invalid_values;

constexpr std::string_view kUpdates = "GlobalSecondaryIndexUpdate";

// The one member of a GlobalSecondaryIndexUpdate that is there, and its index.
struct IndexChange {
    std::string_view kind;  // "Update", "Create", "Delete"
    Fields fields;
    std::string_view index;
};

Result<IndexChange> parse_change(dom::element value) {
    const Fields update(shapes::kGlobalSecondaryIndexUpdate, value);
    std::vector<IndexChange> changes;
    const auto note = [&](std::string_view kind, const Shape& shape) {
        if (const auto given = update.find(kind)) {
            const Fields fields(shape, *given);
            changes.push_back({kind, fields, fields.text("IndexName")});
        }
    };
    note("Update", shapes::kUpdateIndex);
    note("Create", shapes::kCreateIndex);
    note("Delete", shapes::kDeleteIndex);
    if (changes.empty()) {
        return invalid_values(
            fmt::format("One of {0}.Update, {0}.Create, {0}.Delete must not be null", kUpdates));
    }
    if (changes.size() > 1) {
        return invalid_values(fmt::format(
            "Only one global secondary index action is allowed per {} object", kUpdates));
    }
    return changes.front();
}

// The store sees to it that capacity fits to the table's billing mode.
Status add_creation(const Fields& fields, const std::optional<Definitions>& definitions,
                    capture::TableUpdate& update) {
    if (!definitions) {
        return invalid_values(fmt::format("AttributeDefinitions is not specified for index: {}",
                                          fields.text("IndexName")));
    }
    MB_TRY(capture::IndexSpec index, parse_global_index(fields, *definitions));
    if (const auto given = fields.find("ProvisionedThroughput")) {
        MB_TRY(index.throughput, parse_throughput(*given, index.name));
    }
    update.create_index = std::move(index);
    update.create_maximum = parse_maximum(fields);
    update.create_warm = parse_warm(fields);
    return {};
}

Status add_capacity(const IndexChange& change, capture::TableUpdate& update) {
    capture::IndexCapacity capacity{.index = std::string(change.index)};
    if (const auto given = change.fields.find("ProvisionedThroughput")) {
        MB_TRY(capacity.throughput, parse_throughput(*given, change.index));
    }
    capacity.maximum = parse_maximum(change.fields);
    capacity.warm = parse_warm(change.fields);
    if (change.fields.find("WarmThroughput") && capacity.warm.empty()) {
        return invalid_values(
            fmt::format("WarmThroughput must have at least one of ReadUnitsPerSecond or "
                        "WriteUnitsPerSecond specified for index: {}",
                        change.index));
    }
    update.index_capacities.push_back(std::move(capacity));
    return {};
}

Status add_change(const IndexChange& change, const std::optional<Definitions>& definitions,
                  capture::TableUpdate& update) {
    if (change.kind == "Update") {
        return add_capacity(change, update);
    }
    if (update.create_index || update.delete_index) {
        return base::fail(Code::LimitExceeded, std::string(capture::kOneIndexAtATime));
    }
    if (change.kind == "Delete") {
        update.delete_index = change.index;
        return {};
    }
    return add_creation(change.fields, definitions, update);
}

}  // namespace

Status parse_index_updates(const Fields& fields, capture::TableUpdate& update) {
    std::optional<Definitions> definitions;
    if (const auto given = fields.find("AttributeDefinitions")) {
        MB_TRY(definitions, parse_definitions(*given));
    }
    const auto list = fields.find("GlobalSecondaryIndexUpdates");
    if (!list) {
        return {};
    }
    std::vector<IndexChange> changes;
    std::set<std::string_view> names;
    for (const dom::element entry : list_of(*list)) {
        MB_TRY(const IndexChange change, parse_change(entry));
        if (!names.insert(change.index).second) {
            return invalid_values(
                fmt::format("Only one global secondary index update per index is allowed "
                            "simultaneously. Index: {}",
                            change.index));
        }
        changes.push_back(change);
    }
    for (const IndexChange& change : changes) {
        MB_TRY_STATUS(add_change(change, definitions, update));
    }
    return {};
}

}  // namespace millbeck::runtime
