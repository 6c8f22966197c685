// What a call would have cost on AWS, for clients that ask with ReturnConsumedCapacity.
// Source: developer guide, "Capacity unit consumption"; facts in README.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

using capture::Consistency;

// What one table and its indexes, by name, were charged.
struct Units {
    double table = 0;
    std::map<std::string, double> local = {};
    std::map<std::string, double> global = {};

    [[nodiscard]] double total() const;
    Units& operator+=(const Units& other);
    Units& operator*=(double factor);
};

// Units by table, in the order of their names.
using UnitsByTable = std::map<std::string, Units>;

// 1 unit per 4 KB begun, at least one; half of that for an eventual read.
double read_units(std::uint32_t size_bytes, Consistency consistency);

// Of a page; `index`: of which index it is, or nullptr. What a local index does not hold is read
// from the table, item by item.
Units page_units(const capture::Page& page, Consistency consistency,
                 const capture::IndexSpec* index);

// 1 unit per 1 KB begun of the larger of the two items, at least one; and as much for each entry of
// an index that came, went or changed. Requires: the write was asked to report(kind).
Units write_units(const capture::WriteResult& result);

// What a write must report for its answer.
capture::WriteReport report(ReturnCapacity kind);
void set_report(capture::Write& write, ReturnCapacity kind);

// Transactions name what the units are as well: `"WriteCapacityUnits":2.0`.
enum class Direction : std::uint8_t { Unnamed, Read, Write };

// `{"TableName":"t","CapacityUnits":1.0}`, and with INDEXES `"Table":{"CapacityUnits":1.0}` and, of
// the indexes that were charged, `"GlobalSecondaryIndexes":{"by-state":{"CapacityUnits":1.0}}`.
// Requires: kind is not None.
std::string capacity_json(ReturnCapacity kind, std::string_view table, const Units& units,
                          Direction direction = Direction::Unnamed);

// Appends `,"ConsumedCapacity":[..]`, one element a table, without the comma where `body` is `{`;
// nothing when kind is None.
void append_capacities(std::string& body, ReturnCapacity kind, const UnitsByTable& units,
                       Direction direction = Direction::Unnamed);

}  // namespace millbeck::runtime
