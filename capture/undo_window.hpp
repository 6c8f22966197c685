// What must be undone of a stretch of a table to see it as it was: for each item that was changed
// since, what it was then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "shardlog/history.hpp"
#include "shardlog/record.hpp"

namespace millbeck::capture {

// An item as it was; without text it was not there.
struct UndoneItem {
    std::string_view row_key;  // views live as long as the window
    std::string_view keys;
    std::uint32_t keys_size = 0;
    std::uint32_t size = 0;
    std::string text;
};

// Row keys [begin, end) of which all that was changed is in `items`. Never changes.
struct UndoWindow {
    std::string begin;
    std::string end;                // "": to the end of the table
    std::vector<UndoneItem> items;  // in the order of their row keys
    std::vector<std::vector<char>> memory = {};
    [[nodiscard]] bool covers(std::string_view row_key) const {
        return row_key >= begin && (end.empty() || row_key < end);
    }
};

// Memory that a window may take: what does not fit is left to the next one.
inline constexpr std::size_t kUndoBytesMax = 64u << 20;

// The table's changes behind `then`, through `now`, undone from `begin` on as far as they fit into
// `bytes_max`; an item at least. `oldest`: the table's, or the log's, first position: where
// changes tell no old image it is looked for from there on.
// Errors: Trimmed (nothing tells what an item was), those of LogHistory.
struct UndoRequest {
    shardlog::TableId table;
    shardlog::SequenceNumber oldest;
    shardlog::SequenceNumber then;
    shardlog::SequenceNumber now;
    std::size_t bytes_max = kUndoBytesMax;
};
// The window ends at `end` ("": the end of the table), or before, where no more fits.
base::Result<std::shared_ptr<const UndoWindow>> undo_from(std::string_view begin,
                                                          std::string_view end,
                                                          const UndoRequest& request,
                                                          const shardlog::LogHistory& history);

// Where windows have to end to hold about as much as may fit: what does not fit into one is read
// again for the next, so that as few as can be are wanted. A few bits of the hashes tell it.
class UndoPlan {
  public:
    // Reads the changes once, unless they are so few that a window surely holds them.
    static base::Result<std::shared_ptr<const UndoPlan>> make(const UndoRequest& request,
                                                              const shardlog::LogHistory& history);

    // Of a window that begins at this row key; "": the end of the table.
    [[nodiscard]] std::string_view end_behind(std::string_view row_key) const;

  private:
    std::vector<std::string> ends_;  // increasing
};

}  // namespace millbeck::capture
