// A table as it was at one position of the log, for who copies it. While it lives, what it shows is
// kept on disk beside what came later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/record.hpp"

namespace millbeck::shardlog {

struct ImageRow {
    std::string_view row_key;  // as in RecordView
    ItemView keys;
    ItemView item;
};

// Rows in the order of their row keys. Views live as long as `memory`.
struct ImagePage {
    std::vector<ImageRow> rows;
    bool is_last = false;  // of the hashes asked for
    std::shared_ptr<const void> memory;
};

// The row as the record of an insert at this position; views borrow the page.
inline RecordView record_of(const ImageRow& row, SequenceNumber as_of, base::WallTime time) {
    RecordView record;
    record.sequence = as_of;
    record.time = time;
    record.event = EventName::Insert;
    record.row_key = row.row_key;
    record.keys = row.keys;
    record.new_image = row.item;
    return record;
}

// Where a page begins, and where it ends at the latest.
struct ImageRange {
    std::uint64_t first_hash = 0;
    std::uint64_t last_hash = 0;                            // inclusive
    std::string_view from = {};                             // a row key; "": from first_hash on
    enum class Begin { Behind, At } begin = Begin::Behind;  // `from`
    std::size_t rows_max = 1'000;
    std::size_t bytes_max = 1u << 20;  // of items; a first row is there even above it
};

// Threads: any.
// Errors:  NoSpace, Io, Corrupt.
class TableImage {
  public:
    virtual ~TableImage() = default;

    // The rows are what the changes up to this one, and none after it, made of the table.
    [[nodiscard]] virtual SequenceNumber as_of() const = 0;

    [[nodiscard]] virtual base::Result<ImagePage> read(const ImageRange& range) const = 0;
};

}  // namespace millbeck::shardlog
