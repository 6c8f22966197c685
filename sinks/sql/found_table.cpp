#include "sinks/sql/found_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace millbeck::sinks::sql {

void FoundTable::add(Column column, int key_place) {
    if (key_place >= 0) {
        keys_.emplace_back(key_place, std::move(column));
    } else if (column.name == kSequenceColumn) {
        has_sequence_ = true;
    } else if (column.type == ColumnType::Foreign) {
        others_.push_back(std::move(column.name));
    } else {
        columns_.push_back(std::move(column));
    }
}

base::Result<std::shared_ptr<const Shape>> FoundTable::shape(const TableOptions& options,
                                                             const std::string& table) {
    const bool is_json = options.columns == Columns::Json;
    const auto is_json_column = [](std::string_view name) {
        return [name](const Column& column) {
            return column.name == name && column.type == ColumnType::Json;
        };
    };
    const bool has_document =
        std::any_of(columns_.begin(), columns_.end(), is_json_column(kDocumentColumn));
    const bool has_extra =
        std::any_of(columns_.begin(), columns_.end(), is_json_column(kExtraColumn));
    // A typed copy may have an attribute `document`; one of documents never has `_extra`.
    const bool fits = is_json ? has_document && !has_extra : has_extra;
    if (!has_sequence_ || keys_.empty() || !fits) {
        return base::fail(base::Code::Invalid,
                          fmt::format("the table \"{}\" exists and is no copy with these settings: "
                                      "drop it, or give `into` another name",
                                      table));
    }
    std::sort(keys_.begin(), keys_.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Column> keys;
    for (const auto& [place, column] : keys_) {
        keys.push_back(column);
    }
    if (is_json) {
        std::erase_if(columns_, [](const Column& each) { return each.name != kDocumentColumn; });
    }
    return std::shared_ptr<const Shape>(
        std::make_shared<const Shape>(std::move(keys), columns_, others_));
}

}  // namespace millbeck::sinks::sql
