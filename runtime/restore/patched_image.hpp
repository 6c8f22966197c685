// An image of a table as of a later position: what the log tells of the time between is put over
// it. For a stretch with few changes, as between the last look at a table and its end.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "shardlog/history.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::runtime {

// Of changed items, in memory. As much as a store lets wait for its committer, twice.
inline constexpr std::size_t kPatchBytesMax = 512U << 20U;

// The table as of `through`. Requires: a pin keeps the log from image->as_of() on. Errors:
// LimitExceeded, those of the history.
base::Result<std::shared_ptr<const shardlog::TableImage>> image_through(
    std::shared_ptr<const shardlog::TableImage> image, shardlog::TableId table,
    const shardlog::LogHistory& history, shardlog::SequenceNumber through);

}  // namespace millbeck::runtime
