#include "runtime/api/capacity.hpp"

#include <algorithm>

#include "runtime/api/json_writer.hpp"

namespace millbeck::runtime {
namespace {

constexpr std::uint32_t kWriteUnitBytes = 1024;

double units_begun(std::uint64_t size_bytes, std::uint64_t unit_bytes) {
    const std::uint64_t units = (size_bytes + unit_bytes - 1) / unit_bytes;
    return static_cast<double>(units);
}

double halved(double units, Consistency consistency) {
    return consistency == Consistency::Strong ? units : units / 2;
}

double sum(const std::map<std::string, double>& units) {
    double total = 0;
    for (const auto& [name, spent] : units) {
        total += spent;
    }
    return total;
}

void append_units(JsonWriter& json, double units, Direction direction) {
    json.key("CapacityUnits").units(units);
    if (direction != Direction::Unnamed) {
        json.key(direction == Direction::Read ? "ReadCapacityUnits" : "WriteCapacityUnits")
            .units(units);
    }
}

void append_indexes(JsonWriter& json, std::string_view key,
                    const std::map<std::string, double>& indexes, Direction direction) {
    if (indexes.empty()) {
        return;
    }
    json.key(key).begin_object();
    for (const auto& [name, spent] : indexes) {
        json.key(name).begin_object();
        append_units(json, spent, direction);
        json.end_object();
    }
    json.end_object();
}

std::map<std::string, double>& of_kind(Units& units, capture::IndexKind kind) {
    return kind == capture::IndexKind::Local ? units.local : units.global;
}

}  // namespace

double Units::total() const {
    return table + sum(local) + sum(global);
}

Units& Units::operator+=(const Units& other) {
    table += other.table;
    for (const auto& [name, spent] : other.local) {
        local[name] += spent;
    }
    for (const auto& [name, spent] : other.global) {
        global[name] += spent;
    }
    return *this;
}

Units& Units::operator*=(double factor) {
    table *= factor;
    for (auto* indexes : {&local, &global}) {
        for (auto& [name, spent] : *indexes) {
            spent *= factor;
        }
    }
    return *this;
}

double read_units(std::uint32_t size_bytes, Consistency consistency) {
    return halved(std::max(1.0, units_begun(size_bytes, capture::kReadUnitBytes)), consistency);
}

Units page_units(const capture::Page& page, Consistency consistency,
                 const capture::IndexSpec* index) {
    const double read = read_units(static_cast<std::uint32_t>(page.evaluated_bytes), consistency);
    if (index == nullptr) {
        return {.table = read};
    }
    Units units{.table = halved(static_cast<double>(page.fetched_units), consistency)};
    of_kind(units, index->kind)[index->name] = read;
    return units;
}

Units write_units(const capture::WriteResult& result) {
    const auto larger = std::max(result.old_size_bytes, result.new_size_bytes);
    Units units{.table = std::max(1.0, units_begun(larger, kWriteUnitBytes))};
    for (const capture::IndexWrite& write : result.index_writes) {
        of_kind(units, write.kind)[write.index] +=
            units_begun(write.removed_bytes, kWriteUnitBytes) +
            units_begun(write.put_bytes, kWriteUnitBytes);
    }
    return units;
}

capture::WriteReport report(ReturnCapacity kind) {
    return kind == ReturnCapacity::None ? capture::WriteReport::Nothing
                                        : capture::WriteReport::IndexWrites;
}

void set_report(capture::Write& write, ReturnCapacity kind) {
    std::visit(
        [&](auto& each) {
            if constexpr (requires { each.report; }) {
                each.report = report(kind);
            }
        },
        write);
}

std::string capacity_json(ReturnCapacity kind, std::string_view table, const Units& units,
                          Direction direction) {
    JsonWriter json;
    json.begin_object().key("TableName").text(table);
    append_units(json, units.total(), direction);
    if (kind == ReturnCapacity::Indexes) {
        json.key("Table").begin_object();
        append_units(json, units.table, direction);
        json.end_object();
        append_indexes(json, "LocalSecondaryIndexes", units.local, direction);
        append_indexes(json, "GlobalSecondaryIndexes", units.global, direction);
    }
    return json.end_object().take();
}

void append_capacities(std::string& body, ReturnCapacity kind, const UnitsByTable& units,
                       Direction direction) {
    if (kind == ReturnCapacity::None) {
        return;
    }
    body.append(body == "{" ? "" : ",").append(R"("ConsumedCapacity":[)");
    const char* comma = "";
    for (const auto& [table, spent] : units) {
        body.append(comma).append(capacity_json(kind, table, spent, direction));
        comma = ",";
    }
    body += ']';
}

}  // namespace millbeck::runtime
