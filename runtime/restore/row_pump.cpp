#include "runtime/restore/row_pump.hpp"

#include <limits>
#include <utility>
#include <vector>

#include "shardlog/item.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using base::Status;
using capture::Commit;
using capture::WriteResult;

constexpr std::size_t kPageBytes = 1U << 20U;
constexpr std::size_t kPageRows = 8'192;
// A frame costs as much as a few rows.
constexpr std::size_t kFrameRows = 512;
constexpr std::size_t kFrameBytes = 128U << 10U;

std::size_t bytes_of(const shardlog::ImagePage& page) {
    std::size_t bytes = 0;
    for (const auto& row : page.rows) {
        bytes += row.item.text.size();
    }
    return bytes;
}

}  // namespace

Status RowPump::wait_for_room(std::size_t bytes, const std::stop_token& stop) {
    const base::MutexLock lock(mutex_);
    while (flying_ > 0 && flying_ + bytes > kFlyingBytesMax && !failed_) {
        changed_.wait(mutex_);
    }
    if (failed_) {
        return tl::unexpected(*failed_);
    }
    if (stop.stop_requested()) {
        return base::fail(Code::Cancelled, "stopped before all rows were written");
    }
    flying_ += bytes;
    return {};
}

void RowPump::landed(std::size_t bytes, const Result<std::vector<WriteResult>>& results) {
    const base::MutexLock lock(mutex_);
    flying_ -= bytes;
    if (results) {
        rows_ += results->size();
    } else if (!failed_) {
        failed_ = results.error();
    }
    changed_.notify_all();
}

Result<std::vector<Commit>> RowPump::commits_of(const shardlog::ImagePage& page) const {
    std::vector<Commit> commits;
    std::size_t frame = kFrameBytes;  // of the last commit; the first begins one
    for (const auto& row : page.rows) {
        MB_TRY(auto item, shardlog::parse_item(row.item.text));
        if (frame + row.item.text.size() > kFrameBytes || commits.back().size() == kFrameRows) {
            commits.emplace_back();
            frame = 0;
        }
        frame += row.item.text.size();
        commits.back().push_back(capture::PutWrite{.table = table_, .item = std::move(item)});
    }
    return commits;
}

Status RowPump::move_page(const shardlog::ImagePage& page, const std::stop_token& stop) {
    MB_TRY(auto commits, commits_of(page));
    const std::size_t bytes = bytes_of(page);
    MB_TRY_STATUS(wait_for_room(bytes, stop));
    store_.submit(std::move(commits), [this, bytes](auto results) { landed(bytes, results); });
    return {};
}

Status RowPump::run(const shardlog::TableImage& image, const std::stop_token& stop) {
    std::string from;
    Status moved;
    for (bool last = false; moved && !last;) {
        auto page = image.read({.first_hash = 0,
                                .last_hash = std::numeric_limits<std::uint64_t>::max(),
                                .from = from,
                                .begin = shardlog::ImageRange::Begin::Behind,
                                .rows_max = kPageRows,
                                .bytes_max = kPageBytes});
        if (!page) {
            moved = tl::unexpected(std::move(page).error());
            break;
        }
        last = page->is_last;
        if (page->rows.empty()) {
            continue;
        }
        from = page->rows.back().row_key;
        moved = move_page(*page, stop);
    }
    const base::MutexLock lock(mutex_);
    while (flying_ > 0) {
        changed_.wait(mutex_);
    }
    return moved && failed_ ? Status(tl::unexpected(*failed_)) : moved;
}

}  // namespace millbeck::runtime
