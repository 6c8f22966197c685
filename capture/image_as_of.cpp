#include "capture/image_as_of.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/mutex.hpp"
#include "capture/image_page.hpp"
#include "capture/row_key.hpp"

namespace millbeck::capture {
namespace {

using base::Result;
using shardlog::ImagePage;
using shardlog::ImageRange;
using shardlog::ImageRow;
using shardlog::SequenceNumber;
using shardlog::TableImage;

// Where reading goes on.
struct Cursor {
    std::string key;
    ImageRange::Begin begin = ImageRange::Begin::At;
    [[nodiscard]] bool is_before(std::string_view row_key) const {
        return begin == ImageRange::Begin::At ? row_key >= key : row_key > key;
    }
};

Cursor cursor_of(const ImageRange& range) {
    if (!range.from.empty()) {
        return {.key = std::string(range.from), .begin = range.begin};
    }
    Cursor cursor;
    append_hash(cursor.key, range.first_hash);
    return cursor;
}

// The first row key behind the range; "": none.
std::string end_of(const ImageRange& range) {
    std::string end;
    if (range.last_hash != std::numeric_limits<std::uint64_t>::max()) {
        append_hash(end, range.last_hash + 1);
    }
    return end;
}

bool is_below(std::string_view row_key, std::string_view end) {
    return end.empty() || row_key < end;
}

// Something was changed between these row keys.
bool is_touched(const UndoWindow& window, std::string_view from, std::string_view end) {
    const auto first =
        std::partition_point(window.items.begin(), window.items.end(),
                             [&](const UndoneItem& item) { return item.row_key < from; });
    return first != window.items.end() && is_below(first->row_key, end);
}

// Rows of now and items as they were, merged into one page.
class Merge {
  public:
    // Row keys below `end` are known from both sides.
    Merge(const ImagePage& now, const UndoWindow& window, const Cursor& from, std::string_view end,
          const ImageRange& limits)
        : now_(now), window_(window), end_(end), limits_(limits) {
        undone_ = std::partition_point(
            window.items.begin(), window.items.end(),
            [&from](const UndoneItem& item) { return item.row_key < from.key; });
        if (undone_ != window.items.end() && !from.is_before(undone_->row_key)) {
            ++undone_;
        }
    }

    // False: the page is full.
    bool run(ImagePageBuilder& page) {
        for (std::string_view key = next(); !key.empty() && is_below(key, end_); key = next()) {
            const bool is_undone = undone_ != window_.items.end() && undone_->row_key == key;
            const bool is_now = row_ < now_.rows.size() && now_.rows[row_].row_key == key;
            const std::size_t bytes =
                is_undone ? undone_->text.size() : now_.rows[row_].item.text.size();
            const bool is_shown = !is_undone || !undone_->text.empty();
            if (is_shown && (page.rows() >= limits_.rows_max ||
                             (page.rows() > 0 && page.bytes() + bytes > limits_.bytes_max))) {
                return false;
            }
            if (is_shown) {
                add(page, is_undone);
            }
            undone_ = is_undone ? std::next(undone_) : undone_;
            row_ += is_now ? 1 : 0;
        }
        return true;
    }

  private:
    [[nodiscard]] std::string_view next() const {
        const std::string_view row =
            row_ < now_.rows.size() ? now_.rows[row_].row_key : std::string_view();
        if (undone_ == window_.items.end()) {
            return row;
        }
        return row.empty() ? undone_->row_key : std::min(row, undone_->row_key);
    }

    void add(ImagePageBuilder& page, bool is_undone) {
        if (is_undone) {
            page.add(undone_->row_key, {undone_->keys, undone_->keys_size},
                     {undone_->text, undone_->size});
        } else {
            const ImageRow& row = now_.rows[row_];
            page.add(row.row_key, row.keys, row.item);
        }
    }

    const ImagePage& now_;
    const UndoWindow& window_;
    const std::string_view end_;
    const ImageRange& limits_;
    std::size_t row_ = 0;
    decltype(UndoWindow::items)::const_iterator undone_;
};

class PastImage final : public TableImage {
  public:
    PastImage(std::shared_ptr<const TableImage> now, const shardlog::LogHistory& history,
              std::unique_ptr<shardlog::Pin> pin, const UndoRequest& request)
        : now_(std::move(now)), history_(history), pin_(std::move(pin)), request_(request) {}

    [[nodiscard]] SequenceNumber as_of() const override { return request_.then; }

    [[nodiscard]] Result<ImagePage> read(const ImageRange& range) const override {
        const std::string range_end = end_of(range);
        Cursor at = cursor_of(range);
        ImagePageBuilder page;
        while (true) {
            MB_TRY(const auto window, window_at(at.key));
            ImageRange part = range;
            part.from = at.key;
            part.begin = at.begin;
            MB_TRY(ImagePage now, now_->read(part));
            // Nothing is known of rows behind a page that is not the last one.
            std::string end = now.is_last ? range_end : std::string(now.rows.back().row_key) + '\0';
            if (!window->end.empty() && is_below(window->end, end)) {
                end = window->end;
            }
            const bool is_last = now.is_last && end == range_end;
            const bool is_whole = now.rows.empty() || is_below(now.rows.back().row_key, end);
            if (is_whole && !is_touched(*window, at.key, end) && (is_last || !now.rows.empty())) {
                now.is_last = is_last;
                return now;
            }
            if (!Merge(now, *window, at, end, range).run(page)) {
                return page.build();
            }
            if (is_last || page.rows() > 0) {
                ImagePage built = page.build();
                built.is_last = is_last;
                return built;
            }
            at = {.key = std::move(end), .begin = ImageRange::Begin::At};
        }
    }

  private:
    [[nodiscard]] Result<std::shared_ptr<const UndoWindow>> window_at(
        const std::string& key) const {
        std::shared_ptr<const UndoPlan> plan;
        {
            const base::MutexLock lock(mutex_);
            if (window_ != nullptr && window_->covers(key)) {
                return window_;
            }
            plan = plan_;
        }
        if (!plan) {
            MB_TRY(plan, UndoPlan::make(request_, history_));
        }
        MB_TRY(auto window, undo_from(key, plan->end_behind(key), request_, history_));
        const base::MutexLock lock(mutex_);
        window_ = window;
        plan_ = plan;
        return window;
    }

    const std::shared_ptr<const TableImage> now_;
    const shardlog::LogHistory& history_;
    const std::unique_ptr<shardlog::Pin> pin_;
    const UndoRequest request_;
    mutable base::Mutex mutex_;
    mutable std::shared_ptr<const UndoWindow> window_ MB_GUARDED_BY(mutex_);  // asked for last
    mutable std::shared_ptr<const UndoPlan> plan_ MB_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<const TableImage> image_as_of(std::shared_ptr<const TableImage> now,
                                              const shardlog::LogHistory& history,
                                              std::unique_ptr<shardlog::Pin> pin,
                                              const UndoRequest& request) {
    return std::make_shared<const PastImage>(std::move(now), history, std::move(pin), request);
}

}  // namespace millbeck::capture
