// What a copy's table looks like, whichever database holds it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sinks/row.hpp"

namespace millbeck::sinks::sql {

// What a column takes. Foreign: a type that we never make, because somebody altered the table.
enum class ColumnType : std::uint8_t { Text, Number, Bool, Binary, Json, Foreign };

// The column that holds values of this kind; Foreign for Null, which needs none.
constexpr ColumnType column_type_of(Value::Kind kind) {
    switch (kind) {
        case Value::Kind::Bool:
            return ColumnType::Bool;
        case Value::Kind::Number:
            return ColumnType::Number;
        case Value::Kind::Text:
            return ColumnType::Text;
        case Value::Kind::Binary:
            return ColumnType::Binary;
        case Value::Kind::Json:
            return ColumnType::Json;
        case Value::Kind::Null:
            break;
    }
    return ColumnType::Foreign;
}

constexpr Value::Kind kind_of(ColumnType type) {
    switch (type) {
        case ColumnType::Text:
            return Value::Kind::Text;
        case ColumnType::Number:
            return Value::Kind::Number;
        case ColumnType::Bool:
            return Value::Kind::Bool;
        case ColumnType::Binary:
            return Value::Kind::Binary;
        case ColumnType::Json:
            return Value::Kind::Json;
        case ColumnType::Foreign:
            break;
    }
    return Value::Kind::Null;
}

struct Column {
    std::string name;
    ColumnType type = ColumnType::Text;
    friend bool operator==(const Column&, const Column&) = default;
};

// Columns of our own beside those of the attributes; no attribute gets one of these names.
inline constexpr std::string_view kSequenceColumn = "_sequence";  // of the newest change applied
inline constexpr std::string_view kExtraColumn = "_extra";  // attributes without a column, JSON
inline constexpr std::string_view kDocumentColumn = "document";  // the whole row, `columns: json`
inline constexpr std::string_view kRemovedColumn = "_removed";   // in staging tables only
inline constexpr std::string_view kRemovedAtColumn = "_removed_at";  // of tombstones only

// A table: its key columns in the order of the primary key, then the others. Immutable once built.
class Shape {
  public:
    Shape() = default;
    // `others`: names of columns that we neither write nor read.
    Shape(std::vector<Column> keys, std::vector<Column> columns,
          std::vector<std::string> others = {})
        : keys_(std::move(keys)), columns_(std::move(columns)), others_(std::move(others)) {
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            places_.emplace(columns_[i].name, i);
        }
    }

    [[nodiscard]] const std::vector<Column>& keys() const { return keys_; }
    // What we write; without the sequence, with `_extra` or `document`.
    [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }

    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    // Where in columns() a name stands, or kNone.
    [[nodiscard]] std::size_t find(const std::string& name) const {
        const auto found = places_.find(name);
        return found == places_.end() ? kNone : found->second;
    }
    [[nodiscard]] bool is_key(std::string_view name) const {
        for (const Column& key : keys_) {
            if (key.name == name) {
                return true;
            }
        }
        return false;
    }

    // Whether the table has a column of this name, ours or not.
    [[nodiscard]] bool has(const std::string& name) const {
        return places_.contains(name) || is_key(name) ||
               std::find(others_.begin(), others_.end(), name) != others_.end();
    }
    [[nodiscard]] const std::vector<std::string>& others() const { return others_; }

  private:
    std::vector<Column> keys_;
    std::vector<Column> columns_;
    std::vector<std::string> others_;
    std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace millbeck::sinks::sql
