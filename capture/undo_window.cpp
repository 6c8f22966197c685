#include "capture/undo_window.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::CommitView;
using shardlog::EventName;
using shardlog::RecordView;

constexpr std::size_t kEntryBytes = 160;  // of the map, besides texts

class Undoing {
  public:
    Undoing(std::string_view begin, const UndoRequest& request) : request_(request) {
        window_->begin = begin;
    }

    // The first change after the moment tells what was there before it.
    void see(const RecordView& record) {
        if (record.table != request_.table || !window_->covers(record.row_key)) {
            return;
        }
        const auto [at, is_new] = window_->items.try_emplace(std::string(record.row_key));
        if (!is_new) {
            return;
        }
        UndoneItem& item = at->second;
        item.keys = record.keys.text;
        item.keys_size = record.keys.size_bytes;
        item.text = record.old_image.text;
        item.size = record.old_image.size_bytes;
        if (record.event != EventName::Insert && item.text.empty()) {
            unknown_.insert(at->first);
        }
        bytes_ += at->first.size() + item.keys.size() + item.text.size() + kEntryBytes;
        make_room();
    }

    // The last change before the moment tells it too.
    void see_older(const RecordView& record) {
        if (record.table != request_.table) {
            return;
        }
        const auto wanted = unknown_.find(record.row_key);
        if (wanted != unknown_.end()) {
            UndoneItem& item = window_->items.find(record.row_key)->second;
            item.text = record.new_image.text;
            item.size = record.new_image.size_bytes;
        }
    }

    [[nodiscard]] bool is_complete() const { return unknown_.empty(); }

    Result<std::shared_ptr<const UndoWindow>> finish() {
        for (const std::string& row_key : unknown_) {
            const UndoneItem& item = window_->items.find(row_key)->second;
            if (item.text.empty()) {
                return fail(Code::Trimmed,
                            fmt::format("the log does not tell any more what item {} was: old "
                                        "images are kept with point-in-time recovery, or with a "
                                        "stream that shows them",
                                        item.keys));
            }
        }
        return std::shared_ptr<const UndoWindow>(std::move(window_));
    }

  private:
    // Half of it goes at once, so that it is not done for each record.
    void make_room() {
        if (bytes_ <= request_.bytes_max) {
            return;
        }
        auto& items = window_->items;
        while (bytes_ > request_.bytes_max / 2 && items.size() > 1) {
            const auto last = std::prev(items.end());
            bytes_ -= last->first.size() + last->second.keys.size() + last->second.text.size() +
                      kEntryBytes;
            window_->end = last->first;
            unknown_.erase(last->first);
            items.erase(last);
        }
    }

    const UndoRequest& request_;
    std::shared_ptr<UndoWindow> window_ = std::make_shared<UndoWindow>();
    std::set<std::string, std::less<>> unknown_;  // there was an item, its image is not told
    std::size_t bytes_ = 0;
};

}  // namespace

Result<std::shared_ptr<const UndoWindow>> undo_from(std::string_view begin,
                                                    const UndoRequest& request,
                                                    const shardlog::LogHistory& history) {
    Undoing undoing(begin, request);
    MB_TRY_STATUS(
        history.scan({request.then.next(), request.now}, [&](const CommitView& commit) -> Status {
            for (const RecordView& record : commit.records) {
                if (record.sequence > request.then && record.sequence <= request.now) {
                    undoing.see(record);
                }
            }
            return {};
        }));
    if (!undoing.is_complete()) {
        MB_TRY_STATUS(
            history.scan({request.oldest, request.then}, [&](const CommitView& commit) -> Status {
                for (const RecordView& record : commit.records) {
                    if (record.sequence <= request.then) {
                        undoing.see_older(record);
                    }
                }
                return {};
            }));
    }
    return undoing.finish();
}

}  // namespace millbeck::capture
