#include "runtime/api/capacity.hpp"

#include <algorithm>

#include "runtime/api/json_writer.hpp"

namespace millbeck::runtime {
namespace {

double units_of(std::uint32_t size_bytes, std::uint32_t unit_bytes) {
    return static_cast<double>(std::max(1U, (size_bytes + unit_bytes - 1) / unit_bytes));
}

// `directed`: a second name for the same units, or "".
void append_units(JsonWriter& json, double units, std::string_view directed) {
    json.key("CapacityUnits").units(units);
    if (!directed.empty()) {
        json.key(directed).units(units);
    }
}

std::string to_json(ReturnCapacity kind, std::string_view table, double units,
                    std::string_view directed) {
    JsonWriter json;
    json.begin_object().key("TableName").text(table);
    append_units(json, units, directed);
    if (kind == ReturnCapacity::Indexes) {
        json.key("Table").begin_object();
        append_units(json, units, directed);
        json.end_object();
    }
    return json.end_object().take();
}

}  // namespace

double read_units(std::uint32_t size_bytes, Consistency consistency) {
    const double units = units_of(size_bytes, 4096);
    return consistency == Consistency::Strong ? units : units / 2;
}

double write_units(std::uint32_t old_size_bytes, std::uint32_t new_size_bytes) {
    return units_of(std::max(old_size_bytes, new_size_bytes), 1024);
}

std::string capacity_json(ReturnCapacity kind, std::string_view table, double units) {
    return to_json(kind, table, units, "");
}

std::string index_capacity_json(ReturnCapacity kind, std::string_view table, double units,
                                const capture::IndexSpec& index) {
    if (kind != ReturnCapacity::Indexes) {
        return capacity_json(kind, table, units);
    }
    JsonWriter json;
    json.begin_object().key("TableName").text(table);
    append_units(json, units, "");
    json.key("Table").begin_object();
    append_units(json, 0, "");
    json.end_object();
    const bool local = index.kind == capture::IndexKind::Local;
    json.key(local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes").begin_object();
    json.key(index.name).begin_object();
    append_units(json, units, "");
    return json.end_object().end_object().end_object().take();
}

std::string transaction_capacity_json(ReturnCapacity kind, std::string_view table, double units,
                                      Direction direction) {
    return to_json(kind, table, units,
                   direction == Direction::Read ? "ReadCapacityUnits" : "WriteCapacityUnits");
}

}  // namespace millbeck::runtime
