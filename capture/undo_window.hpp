// What must be undone of a stretch of a table to see it as it was: for each item that was changed
// since, what it was then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "shardlog/history.hpp"
#include "shardlog/record.hpp"

namespace millbeck::capture {

// An item as it was; without text it was not there.
struct UndoneItem {
    std::string keys;
    std::uint32_t keys_size = 0;
    std::string text;
    std::uint32_t size = 0;
};

// Row keys [begin, end) of which all that was changed is in `items`. Never changes.
struct UndoWindow {
    std::string begin;
    std::string end;  // "": to the end of the table
    std::map<std::string, UndoneItem, std::less<>> items;
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
base::Result<std::shared_ptr<const UndoWindow>> undo_from(std::string_view begin,
                                                          const UndoRequest& request,
                                                          const shardlog::LogHistory& history);

}  // namespace millbeck::capture
