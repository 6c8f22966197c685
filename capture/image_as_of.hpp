// A table as it was: what it is now, with all later changes undone.
#pragma once

#include <memory>

#include "capture/undo_window.hpp"
#include "shardlog/shard_log.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::capture {

// `now` is the table at `request.now`; `pin` keeps the log from `request.oldest` on. `history`
// outlives the image. Memory is bounded by a page and `request.bytes_max`; more changes than that
// are read several times.
std::shared_ptr<const shardlog::TableImage> image_as_of(
    std::shared_ptr<const shardlog::TableImage> now, const shardlog::LogHistory& history,
    std::unique_ptr<shardlog::Pin> pin, const UndoRequest& request);

}  // namespace millbeck::capture
