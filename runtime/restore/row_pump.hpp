// Rows of an image into a table: many puts to a frame, several requests on their way at once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::runtime {

// Threads: run() by one, which waits for the committer; rows() by any.
class RowPump {
  public:
    static constexpr std::size_t kFlyingBytesMax = 16U << 20U;  // of items, submitted and not done

    // Borrows the store. `table` has no items, and nobody else writes it.
    RowPump(capture::TableStore& store, shardlog::TableName table)
        : store_(store), table_(std::move(table)) {}

    // All rows of the image are in the table and durable, or the error. Cancelled: stopped, and
    // nothing is on its way any more.
    base::Status run(const shardlog::TableImage& image, const std::stop_token& stop);

    [[nodiscard]] std::uint64_t rows() const { return rows_; }  // that are durable

  private:
    [[nodiscard]] base::Result<std::vector<capture::Commit>> commits_of(
        const shardlog::ImagePage& page) const;
    base::Status move_page(const shardlog::ImagePage& page, const std::stop_token& stop);
    base::Status wait_for_room(std::size_t bytes, const std::stop_token& stop);
    void landed(std::size_t bytes, const base::Result<std::vector<capture::WriteResult>>& results);

    capture::TableStore& store_;
    const shardlog::TableName table_;
    std::atomic<std::uint64_t> rows_ = 0;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::size_t flying_ MB_GUARDED_BY(mutex_) = 0;
    std::optional<base::Error> failed_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
