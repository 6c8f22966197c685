#include "runtime/api/capacity.hpp"

#include <algorithm>

#include "runtime/api/json_writer.hpp"

namespace millbeck::runtime {
namespace {

double units_of(std::uint32_t size_bytes, std::uint32_t unit_bytes) {
    return static_cast<double>(std::max(1U, (size_bytes + unit_bytes - 1) / unit_bytes));
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
    JsonWriter json;
    json.begin_object().key("TableName").text(table).key("CapacityUnits").units(units);
    if (kind == ReturnCapacity::Indexes) {
        json.key("Table").begin_object().key("CapacityUnits").units(units).end_object();
    }
    return json.end_object().take();
}

}  // namespace millbeck::runtime
