// What a call would have cost on AWS, for clients that ask with ReturnConsumedCapacity.
// Source: developer guide, "Capacity unit consumption"; facts in README.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

using capture::Consistency;

// 1 unit per 4 KB begun, at least one; half of that for an eventual read.
double read_units(std::uint32_t size_bytes, Consistency consistency);

// 1 unit per 1 KB begun of the larger of the two items, at least one.
double write_units(std::uint32_t old_size_bytes, std::uint32_t new_size_bytes);

// `{"TableName":"t","CapacityUnits":1.0}`, and with INDEXES `"Table":{"CapacityUnits":1.0}`.
// Requires: kind is not None.
std::string capacity_json(ReturnCapacity kind, std::string_view table, double units);

// The same of a read of an index, which costs the table itself nothing: with INDEXES also
// `"GlobalSecondaryIndexes":{"by-state":{"CapacityUnits":1.0}}`.
std::string index_capacity_json(ReturnCapacity kind, std::string_view table, double units,
                                const capture::IndexSpec& index);

// The same of a transaction, which names what the units are as well: `"WriteCapacityUnits":2.0`.
enum class Direction : std::uint8_t { Read, Write };
std::string transaction_capacity_json(ReturnCapacity kind, std::string_view table, double units,
                                      Direction direction);

}  // namespace millbeck::runtime
