// Which columns a table gets: at first, and when attributes come that it has none for.
#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "sinks/sql/batch_plan.hpp"

namespace millbeck::sinks::sql {

using base::Code;
using base::fail;
using base::Result;

namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

// Which names are used up, as the database compares them.
class NamesTaken {
  public:
    NamesTaken(const Dialect& dialect, const Shape& shape) : dialect_(dialect) {
        for (const auto* columns : {&shape.keys(), &shape.columns()}) {
            for (const Column& column : *columns) {
                names_.insert(folded(column.name));
            }
        }
        for (const std::string& name : shape.others()) {
            names_.insert(folded(name));
        }
    }
    // False: no column can have this name any more.
    bool take(const std::string& name) {
        return dialect_.takes_name(name) && !is_our_name(lower(name)) &&
               names_.insert(folded(name)).second;
    }

  private:
    [[nodiscard]] std::string folded(const std::string& name) const {
        return dialect_.names_ignore_case ? lower(name) : name;
    }
    const Dialect& dialect_;
    std::unordered_set<std::string> names_;
};

}  // namespace

bool is_our_name(std::string_view name) {
    static constexpr std::array kOurs = {kSequenceColumn, kExtraColumn, kRemovedColumn,
                                         kRemovedAtColumn};
    return std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
}

Result<Shape> first_shape(const Dialect& dialect, const TableOptions& options, const Row& key) {
    std::vector<Column> keys;
    for (const Field& field : key) {
        if (!dialect.takes_name(field.name) || is_our_name(lower(field.name))) {
            return fail(Code::Invalid,
                        fmt::format("the key attribute \"{}\" cannot name a column: rename it",
                                    field.name));
        }
        keys.push_back({field.name, column_type_of(field.value.kind)});
    }
    std::vector<Column> columns;
    if (options.columns == Columns::Json) {
        columns.push_back({std::string(kDocumentColumn), ColumnType::Json});
        return Shape(std::move(keys), std::move(columns));
    }
    columns.push_back({std::string(kExtraColumn), ColumnType::Json});
    const Shape bare(keys, columns);
    NamesTaken names(dialect, bare);
    for (const auto& [name, type] : options.declared) {
        if (bare.is_key(name)) {
            continue;
        }
        if (!names.take(name)) {
            return fail(Code::Invalid,
                        fmt::format("the declared column \"{}\" cannot be one: the name is taken "
                                    "or too long",
                                    name));
        }
        columns.push_back({name, type});
    }
    return Shape(std::move(keys), std::move(columns));
}

std::vector<Column> missing_columns(const Dialect& dialect, const TableOptions& options,
                                    const Shape& shape, const std::vector<ParsedRow>& rows) {
    std::vector<Column> missing;
    if (options.columns == Columns::Json || options.new_attributes != NewAttributes::Add) {
        return missing;
    }
    std::optional<NamesTaken> names;  // most batches bring nothing new
    for (const ParsedRow& row : rows) {
        for (const Field& field : row.row) {
            if (field.value.kind == Value::Kind::Null || shape.has(field.name)) {
                continue;
            }
            if (shape.columns().size() + missing.size() > options.columns_max) {
                return missing;
            }
            if (!names) {
                names.emplace(dialect, shape);
            }
            if (names->take(field.name)) {
                missing.push_back({field.name, column_type_of(field.value.kind)});
            }
        }
    }
    return missing;
}

}  // namespace millbeck::sinks::sql
