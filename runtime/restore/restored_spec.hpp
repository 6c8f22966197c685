// What table a restore makes out of its source. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "capture/table_store.hpp"

namespace millbeck::runtime {

// An index that is to be kept; its keys and projection are the source's.
struct KeptIndex {
    struct Key {
        std::string name;
        bool is_hash = false;
        friend bool operator==(const Key&, const Key&) = default;
    };
    std::string name;
    std::vector<Key> keys;  // in the order of the schema
    capture::IndexProjection projection = capture::IndexProjection::All;
    std::vector<std::string> included = {};
    std::optional<capture::Throughput> throughput = {};
    capture::UnitsChange maximum = {};
    capture::UnitsChange warm = {};
};

// What is set is used instead of what the source has.
struct RestoreOverrides {
    std::optional<capture::BillingMode> billing = {};
    std::optional<capture::Throughput> throughput = {};
    capture::UnitsChange maximum = {};
    std::optional<std::string> encryption_key = {};
    std::optional<std::vector<KeptIndex>> globals = {};  // absent: all; empty: none
    std::optional<std::vector<KeptIndex>> locals = {};
};

// Schema, indexes, capacity and encryption are the source's; class, stream, time to live, tags,
// deletion protection and recovery are not restored.
// Source: recorded, of both kinds of restores.
// Errors: Invalid: an index that the source has not, units that do not go with the billing mode.
base::Result<capture::TableSpec> restored_spec(const capture::TableDescription& source,
                                               const shardlog::TableName& target,
                                               const RestoreOverrides& overrides);

}  // namespace millbeck::runtime
