#include "runtime/api/parse_indexes.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "capture/capacity.hpp"
#include "capture/index_limits.hpp"
#include "capture/invalid_values.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/shapes.hpp"
#include "runtime/api/table_parts.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using base::Result;
using base::Status;
using capture::BillingMode;
using capture::IndexKind;
using capture::IndexProjection;
using capture::IndexSpec;
using capture::invalid_values;

constexpr std::int64_t kUnitsMax = 1'000'000'000'000;

Result<IndexProjection> projection_of(std::string_view type) {
    if (type == "ALL") {
        return IndexProjection::All;
    }
    if (type == "KEYS_ONLY") {
        return IndexProjection::KeysOnly;
    }
    if (type == "INCLUDE") {
        return IndexProjection::Include;
    }
    return invalid_values("Unknown ProjectionType: null");
}

Status parse_projection(dom::element value, IndexSpec& index) {
    const Fields fields(shapes::kProjection, value);
    const std::string_view type = fields.text("ProjectionType");
    MB_TRY(index.projection, projection_of(type));
    const auto names = fields.find("NonKeyAttributes");
    const bool include = index.projection == IndexProjection::Include;
    if (names.has_value() != include) {
        return invalid_values(fmt::format("ProjectionType is {}, but NonKeyAttributes is {}", type,
                                          include ? "not specified" : "specified"));
    }
    if (!names) {
        return {};
    }
    for (const dom::element name : list_of(*names)) {
        index.included.emplace_back(name.get_string().value_unsafe());
        if (std::ranges::count(index.included, index.included.back()) > 1) {
            return invalid_values(
                fmt::format("Duplicate element in NonKeyAttributes: {}", index.included.back()));
        }
    }
    return {};
}

Result<IndexSpec> parse_name_and_keys(const Fields& fields, IndexKind kind,
                                      const Definitions& definitions) {
    IndexSpec index;
    index.kind = kind;
    index.name = fields.text("IndexName");
    const KeyArity arity = kind == IndexKind::Local ? KeyArity::Single : KeyArity::Multiple;
    MB_TRY(index.keys, parse_key_schema(*fields.find("KeySchema"), definitions, arity));
    return index;
}

Status check_local_keys(const IndexSpec& index, const capture::KeySchema& table) {
    if (!index.keys.range) {
        return invalid_values(
            fmt::format("Index KeySchema does not have a range key for index: {}", index.name));
    }
    if (index.keys.hash.name != table.hash.name) {
        return invalid_values(
            fmt::format("Index KeySchema does not have the same leading hash key as table "
                        "KeySchema for index: {}. index hash key: {}, table hash key: {}",
                        index.name, index.keys.hash.name, table.hash.name));
    }
    return {};
}

Status parse_units(const Fields& fields, BillingMode billing, IndexSpec& index) {
    const auto given = fields.find("ProvisionedThroughput");
    if (billing == BillingMode::PayPerRequest && given) {
        return invalid_values(
            fmt::format("ProvisionedThroughput should not be specified for index: {} when "
                        "BillingMode is PAY_PER_REQUEST",
                        index.name));
    }
    if (billing == BillingMode::Provisioned && !given) {
        return invalid_values(
            fmt::format("ProvisionedThroughput is not specified for index: {}", index.name));
    }
    if (given) {
        MB_TRY(index.throughput, parse_throughput(*given, index.name));
    }
    MB_TRY(index.maximum, capture::new_maximum(parse_maximum(fields), billing, index.name));
    MB_TRY(index.warm,
           capture::new_warm(parse_warm(fields), billing, index.throughput, index.name));
    return {};
}

Status check_unique(const std::vector<IndexSpec>& indexes, const IndexSpec& index) {
    if (std::ranges::find(indexes, index.name, &IndexSpec::name) != indexes.end()) {
        return invalid_values(fmt::format("Duplicate index name: {}", index.name));
    }
    return {};
}

Status parse_local(dom::element list, const capture::TableSpec& table,
                   const Definitions& definitions, std::vector<IndexSpec>& indexes) {
    const dom::array entries = list_of(list);
    if (entries.size() == 0) {
        return invalid_values("List of LocalSecondaryIndexes is empty");
    }
    if (!table.keys.range) {
        return invalid_values(
            "Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex");
    }
    for (const dom::element entry : entries) {
        const Fields fields(shapes::kLocalSecondaryIndex, entry);
        MB_TRY(IndexSpec index, parse_name_and_keys(fields, IndexKind::Local, definitions));
        MB_TRY_STATUS(check_local_keys(index, table.keys));
        MB_TRY_STATUS(parse_projection(*fields.find("Projection"), index));
        MB_TRY_STATUS(check_unique(indexes, index));
        indexes.push_back(std::move(index));
        MB_TRY_STATUS(capture::check_index_limits(indexes));
    }
    return {};
}

Status parse_global(dom::element list, const capture::TableSpec& table,
                    const Definitions& definitions, std::vector<IndexSpec>& indexes) {
    const dom::array entries = list_of(list);
    if (entries.size() == 0) {
        return invalid_values("List of GlobalSecondaryIndexes is empty");
    }
    for (const dom::element entry : entries) {
        const Fields fields(shapes::kGlobalSecondaryIndex, entry);
        MB_TRY(IndexSpec index, parse_global_index(fields, definitions));
        MB_TRY_STATUS(parse_units(fields, table.billing, index));
        MB_TRY_STATUS(check_unique(indexes, index));
        indexes.push_back(std::move(index));
        MB_TRY_STATUS(capture::check_index_limits(indexes));
    }
    return {};
}

}  // namespace

Result<capture::Throughput> parse_throughput(dom::element value, std::string_view index) {
    const Fields fields(shapes::kProvisionedThroughput, value);
    const auto units = [&](std::string_view name) -> Result<std::int64_t> {
        const std::int64_t number = fields.number(name, 0);
        if (number > kUnitsMax) {
            return base::fail(Code::Invalid,
                              fmt::format("Given value {} for {} is out of bounds{}{}", number,
                                          name, index.empty() ? "" : " for index ", index));
        }
        return number;
    };
    capture::Throughput throughput;
    MB_TRY(throughput.read_units, units("ReadCapacityUnits"));
    MB_TRY(throughput.write_units, units("WriteCapacityUnits"));
    return throughput;
}

Result<IndexSpec> parse_global_index(const Fields& fields, const Definitions& definitions) {
    MB_TRY(IndexSpec index, parse_name_and_keys(fields, IndexKind::Global, definitions));
    MB_TRY_STATUS(parse_projection(*fields.find("Projection"), index));
    return index;
}

Result<std::vector<IndexSpec>> parse_indexes(const Fields& fields, const capture::TableSpec& table,
                                             const Definitions& definitions) {
    const auto local = fields.find("LocalSecondaryIndexes");
    const auto global = fields.find("GlobalSecondaryIndexes");
    std::vector<IndexSpec> indexes;
    if (!local && !global) {
        MB_TRY_STATUS(check_definitions_match(definitions, table.keys));
        return indexes;
    }
    if (local) {
        MB_TRY_STATUS(parse_local(*local, table, definitions, indexes));
    }
    if (global) {
        MB_TRY_STATUS(parse_global(*global, table, definitions, indexes));
    }
    std::vector<const capture::KeySchema*> keys{&table.keys};
    for (const IndexSpec& index : indexes) {
        keys.push_back(&index.keys);
    }
    MB_TRY_STATUS(check_definitions_used(definitions, keys));
    return indexes;
}

}  // namespace millbeck::runtime
