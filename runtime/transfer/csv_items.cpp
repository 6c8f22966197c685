#include "runtime/transfer/csv_items.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using base::Status;
using shardlog::AttributeType;
using shardlog::Item;

constexpr std::array kTypes{AttributeType::S,    AttributeType::N,     AttributeType::B,
                            AttributeType::BOOL, AttributeType::NULL_, AttributeType::M,
                            AttributeType::L,    AttributeType::SS,    AttributeType::NS,
                            AttributeType::BS};

std::optional<AttributeType> find_type(std::string_view text) {
    const auto* const found = std::find_if(
        kTypes.begin(), kTypes.end(), [&](AttributeType type) { return to_string(type) == text; });
    return found == kTypes.end() ? std::nullopt : std::optional(*found);
}

bool is_document(AttributeType type) {
    return type == AttributeType::M || type == AttributeType::L || type == AttributeType::SS ||
           type == AttributeType::NS || type == AttributeType::BS;
}

// `{"N":"12"}` without what is the same of every value of the type.
std::string_view inner_json(std::string_view value, AttributeType type) {
    value.remove_prefix(to_string(type).size() + 4);  // {"N":
    value.remove_suffix(1);
    return value;
}

std::string cell_text(const Item& item, const Item::Attribute& attribute) {
    const std::string_view value = item.value_text(attribute);
    if (attribute.type == AttributeType::S) {
        return shardlog::scalar_content(value, AttributeType::S);
    }
    std::string_view inner = inner_json(value, attribute.type);
    if (attribute.type == AttributeType::N || attribute.type == AttributeType::B) {
        inner = inner.substr(1, inner.size() - 2);  // never escaped
    }
    return std::string(inner);
}

// The name as it stands in an item's text, without quotes.
std::string escaped(std::string_view name) {
    std::string out;
    shardlog::append_json_string(out, name);
    return out.substr(1, out.size() - 2);
}

std::string plain(const std::string& escaped_name) {
    return shardlog::scalar_content("{\"S\":\"" + escaped_name + "\"}", AttributeType::S);
}

std::pair<std::string, AttributeType> column_of(const Item& item,
                                                const Item::Attribute& attribute) {
    return {item.text().substr(attribute.name_begin, attribute.name_end - attribute.name_begin),
            attribute.type};
}

}  // namespace

CsvColumns::CsvColumns(const std::vector<CsvColumn>& keys) {
    for (const CsvColumn& key : keys) {
        keys_.emplace_back(escaped(key.name), key.type);
    }
}

Status CsvColumns::note(const Item& item) {
    for (const Item::Attribute& attribute : item.attributes()) {
        Column column = column_of(item, attribute);
        if (std::find(keys_.begin(), keys_.end(), column) == keys_.end()) {
            others_.emplace(std::move(column), true);
        }
    }
    if (keys_.size() + others_.size() > kColumnsMax) {
        return base::fail(Code::LimitExceeded,
                          fmt::format("the items have more than {} different attributes, too many "
                                      "for columns of a CSV file; use --format ndjson",
                                      kColumnsMax));
    }
    return {};
}

void CsvColumns::append_header(std::string& out) const {
    const std::size_t begin = out.size();
    const auto append = [&](const Column& column) {
        out.append(out.size() == begin ? "" : ",");
        append_csv_cell(out, fmt::format("{}:{}", plain(column.first), to_string(column.second)));
    };
    std::for_each(keys_.begin(), keys_.end(), append);
    for (const auto& [column, unused] : others_) {
        append(column);
    }
    out += '\n';
}

void CsvColumns::append_row(std::string& out, const Item& item) const {
    std::map<Column, const Item::Attribute*> present;
    for (const Item::Attribute& attribute : item.attributes()) {
        present.emplace(column_of(item, attribute), &attribute);
    }
    bool first = true;
    const auto append = [&](const Column& column) {
        out.append(std::exchange(first, false) ? "" : ",");
        if (const auto found = present.find(column); found != present.end()) {
            append_csv_cell(out, cell_text(item, *found->second));
        }
    };
    std::for_each(keys_.begin(), keys_.end(), append);
    for (const auto& [column, unused] : others_) {
        append(column);
    }
    out += '\n';
}

Result<std::vector<CsvColumn>> parse_csv_header(const std::vector<CsvCell>& row,
                                                const std::vector<CsvColumn>& known) {
    std::vector<CsvColumn> columns;
    std::set<std::pair<std::string, AttributeType>> seen;
    for (const CsvCell& cell : row) {
        CsvColumn column{cell.text, AttributeType::S};
        const std::size_t colon = cell.text.rfind(':');
        const auto type = colon == std::string::npos
                              ? std::nullopt
                              : find_type(std::string_view(cell.text).substr(colon + 1));
        const auto key = std::find_if(known.begin(), known.end(),
                                      [&](const CsvColumn& one) { return one.name == cell.text; });
        if (type) {
            column = {cell.text.substr(0, colon), *type};
        } else if (key != known.end()) {
            column.type = key->type;
        }
        if (column.name.empty()) {
            return base::fail(Code::Invalid,
                              fmt::format("column {} has no name", columns.size() + 1));
        }
        if (!seen.emplace(column.name, column.type).second) {
            return base::fail(Code::Invalid,
                              fmt::format("column \"{}\" is there twice", cell.text));
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

namespace {

Status append_value(std::string& out, const CsvColumn& column, const std::string& cell) {
    const auto wrong = [&](std::string_view what) {
        return base::fail(Code::Invalid, fmt::format("column \"{}:{}\": {}", column.name,
                                                     to_string(column.type), what));
    };
    out.append("{\"").append(to_string(column.type)).append("\":");
    if (column.type == AttributeType::BOOL || column.type == AttributeType::NULL_) {
        if (cell != "true" && (cell != "false" || column.type == AttributeType::NULL_)) {
            return wrong(column.type == AttributeType::NULL_ ? "the cell must be true"
                                                             : "the cell must be true or false");
        }
        out.append(cell);
    } else if (is_document(column.type)) {
        // Also so that a cell cannot reach out of its value.
        if (!nlohmann::json::accept(cell)) {
            return wrong("the cell is no JSON");
        }
        out.append(cell);
    } else {
        shardlog::append_json_string(out, cell);
    }
    out += '}';
    return {};
}

}  // namespace

Status append_csv_item(std::string& out, const std::vector<CsvColumn>& columns,
                       const std::vector<CsvCell>& row) {
    if (row.size() > columns.size()) {
        return base::fail(Code::Invalid, fmt::format("the row has {} cells and the header {}",
                                                     row.size(), columns.size()));
    }
    std::set<std::string_view> names;
    out += '{';
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i].text.empty() && !row[i].quoted) {
            continue;
        }
        if (!names.insert(columns[i].name).second) {
            return base::fail(
                Code::Invalid,
                fmt::format("the row gives \"{}\" two values of different types", columns[i].name));
        }
        out.append(out.back() == '{' ? "" : ",");
        shardlog::append_json_string(out, columns[i].name);
        out += ':';
        MB_TRY_STATUS(append_value(out, columns[i], row[i].text));
    }
    out += '}';
    return {};
}

}  // namespace millbeck::runtime
