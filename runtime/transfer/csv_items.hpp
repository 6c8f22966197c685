// Items as rows of CSV and back. The header names an attribute and its type, `total:N`; an
// attribute that has several types has several columns, so nothing is lost. Cells: S, N and B
// (base64) as they are, BOOL `true` or `false`, NULL `true`, the rest as the JSON inside of its
// value: `["a","b"]` of an SS, `{"x":{"N":"1"}}` of an M. A cell without anything, not even quotes,
// is an attribute that the item does not have.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "runtime/transfer/csv.hpp"
#include "shardlog/item.hpp"

namespace millbeck::runtime {

struct CsvColumn {
    std::string name;
    shardlog::AttributeType type = shardlog::AttributeType::S;
    friend bool operator==(const CsvColumn&, const CsvColumn&) = default;
};

// The columns of a table's items: its keys first, then by name.
class CsvColumns {
  public:
    static constexpr std::size_t kColumnsMax = 10'000;  // of one file

    // `keys` are the first columns, in this order.
    explicit CsvColumns(const std::vector<CsvColumn>& keys);

    // Makes columns for what the item has. LimitExceeded.
    base::Status note(const shardlog::Item& item);

    void append_header(std::string& out) const;
    // Requires: the item was noted.
    void append_row(std::string& out, const shardlog::Item& item) const;

  private:
    using Column = std::pair<std::string, shardlog::AttributeType>;  // name as in an item's text

    std::vector<Column> keys_;
    std::map<Column, bool> others_;
};

// The columns of a header. A name without a type has the type that `known` says (the table's keys),
// else S, as DynamoDB's own import takes it. Invalid: an empty name, a column twice.
// Source: Developer guide, "Import formats", CSV.
base::Result<std::vector<CsvColumn>> parse_csv_header(const std::vector<CsvCell>& row,
                                                      const std::vector<CsvColumn>& known);

// Appends the row's item as DynamoDB JSON; what the values may be is for the server to say.
// Invalid: more cells than columns, a document's cell that is no JSON, an attribute twice.
base::Status append_csv_item(std::string& out, const std::vector<CsvColumn>& columns,
                             const std::vector<CsvCell>& row);

}  // namespace millbeck::runtime
