#include "capture/undo_window.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "capture/row_key.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::CommitView;
using shardlog::EventName;
using shardlog::RecordView;

constexpr std::size_t kEntryBytes = 160;  // of the maps, besides texts

// The plan tells hashes apart by their first bits.
constexpr std::uint32_t kPlanBits = 14;
// Buckets are not of the same size.
constexpr std::size_t kPlanPart = 95;  // percent of a window

std::size_t bytes_of(const RecordView& record) {
    const std::size_t image =
        record.old_image.text.empty() ? record.new_image.text.size() : record.old_image.text.size();
    return record.row_key.size() + record.keys.text.size() + image + kEntryBytes;
}

// A position is a record: so many bytes of a window is one worth at most, as a rule.
constexpr std::uint64_t kRecordBytes = 1'024;

class Undoing {
  public:
    Undoing(std::string_view begin, std::string_view end, const UndoRequest& request)
        : request_(request) {
        window_->begin = begin;
        window_->end = end;
    }

    // The first change after the moment tells what was there before it.
    void see(const RecordView& record) {
        if (!window_->covers(record.row_key) || places_.contains(record.row_key)) {
            return;
        }
        UndoneItem item;
        item.row_key = keep(record.row_key);
        item.keys = keep(record.keys.text);
        item.keys_size = record.keys.size_bytes;
        item.text = record.old_image.text;
        item.size = record.old_image.size_bytes;
        const bool is_unknown = record.event != EventName::Insert && item.text.empty();
        bytes_ += bytes_of(item);
        places_.emplace(item.row_key, Place{window_->items.size(), is_unknown});
        unknown_ += is_unknown ? 1U : 0U;
        window_->items.push_back(std::move(item));
        if (bytes_ > request_.bytes_max && window_->items.size() > 1) {
            make_room();
        }
    }

    // The last change before the moment tells it too.
    void see_older(const RecordView& record) {
        if (record.table != request_.table || !window_->covers(record.row_key)) {
            return;
        }
        const auto place = places_.find(record.row_key);
        if (place != places_.end() && place->second.is_unknown) {
            UndoneItem& item = window_->items[place->second.at];
            item.text = record.new_image.text;
            item.size = record.new_image.size_bytes;
        }
    }

    [[nodiscard]] bool is_complete() const { return unknown_ == 0; }

    Result<std::shared_ptr<const UndoWindow>> finish() {
        for (const auto& [row_key, place] : places_) {
            const UndoneItem& item = window_->items[place.at];
            if (place.is_unknown && item.text.empty()) {
                return fail(Code::Trimmed,
                            fmt::format("the log does not tell any more what item {} was: old "
                                        "images are kept with point-in-time recovery, or with a "
                                        "stream that shows them",
                                        item.keys));
            }
        }
        sort();
        return std::shared_ptr<const UndoWindow>(std::move(window_));
    }

  private:
    struct Place {
        std::size_t at;
        bool is_unknown;  // there was an item, its image is not told
    };
    struct Hash {
        std::size_t operator()(std::string_view row_key) const { return hash_of_key(row_key); }
    };

    static std::size_t bytes_of(const UndoneItem& item) {
        return item.row_key.size() + item.keys.size() + item.text.size() + kEntryBytes;
    }

    std::string_view keep(std::string_view text) {
        if (text.size() > left_) {
            left_ = std::max(kBlockBytes, text.size());
            free_ = window_->memory.emplace_back(left_).data();
        }
        std::copy(text.begin(), text.end(), free_);
        const std::string_view kept(free_, text.size());
        free_ += text.size();
        left_ -= text.size();
        return kept;
    }

    void sort() {
        std::sort(window_->items.begin(), window_->items.end(),
                  [](const auto& a, const auto& b) { return a.row_key < b.row_key; });
    }

    // Half of it goes at once, so that it is not done for each record. Only where there is no plan,
    // or a bucket of it is larger than a window.
    void make_room() {
        sort();
        auto& items = window_->items;
        while (bytes_ > request_.bytes_max / 2 && items.size() > 1) {
            const UndoneItem& last = items.back();
            bytes_ -= bytes_of(last);
            window_->end = last.row_key;
            const auto place = places_.find(last.row_key);
            unknown_ -= place->second.is_unknown ? 1U : 0U;
            places_.erase(place);
            items.pop_back();
        }
        const auto before = std::exchange(window_->memory, {});  // until the rest has moved
        left_ = 0;
        std::unordered_map<std::string_view, Place, Hash> places;
        for (std::size_t i = 0; i < items.size(); ++i) {
            const bool is_unknown = places_.find(items[i].row_key)->second.is_unknown;
            items[i].row_key = keep(items[i].row_key);
            items[i].keys = keep(items[i].keys);
            places.emplace(items[i].row_key, Place{i, is_unknown});
        }
        places_.swap(places);
    }

    static constexpr std::size_t kBlockBytes = 256U << 10U;

    const UndoRequest& request_;
    std::shared_ptr<UndoWindow> window_ = std::make_shared<UndoWindow>();
    std::unordered_map<std::string_view, Place, Hash> places_;
    std::size_t unknown_ = 0;
    std::size_t bytes_ = 0;
    char* free_ = nullptr;  // in the last block
    std::size_t left_ = 0;
};

// All of the table's records that are to be undone.
template <typename See>
Status scan_undone(const UndoRequest& request, const shardlog::LogHistory& history, See see) {
    return history.scan(
        {request.then.next(), request.now}, [&](const CommitView& commit) -> Status {
            for (const RecordView& record : commit.records) {
                if (record.sequence > request.then && record.sequence <= request.now &&
                    record.table == request.table) {
                    see(record);
                }
            }
            return {};
        });
}

}  // namespace

Result<std::shared_ptr<const UndoPlan>> UndoPlan::make(const UndoRequest& request,
                                                       const shardlog::LogHistory& history) {
    auto plan = std::make_shared<UndoPlan>();
    const std::uint64_t records_max = request.now.position() - request.then.position();
    if (records_max < request.bytes_max / kRecordBytes) {
        return std::shared_ptr<const UndoPlan>(std::move(plan));
    }
    std::vector<std::size_t> bytes(std::size_t{1} << kPlanBits);
    const auto see = [&bytes](const RecordView& record) {
        bytes[shardlog::partition_hash(record.row_key) >> (64U - kPlanBits)] += bytes_of(record);
    };
    MB_TRY_STATUS(scan_undone(request, history, see));
    std::size_t in_window = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (in_window > 0 && in_window + bytes[i] > request.bytes_max / 100 * kPlanPart) {
            append_hash(plan->ends_.emplace_back(), std::uint64_t{i} << (64U - kPlanBits));
            in_window = 0;
        }
        in_window += bytes[i];
    }
    return std::shared_ptr<const UndoPlan>(std::move(plan));
}

std::string_view UndoPlan::end_behind(std::string_view row_key) const {
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), row_key);
    return end == ends_.end() ? std::string_view() : std::string_view(*end);
}

Result<std::shared_ptr<const UndoWindow>> undo_from(std::string_view begin, std::string_view end,
                                                    const UndoRequest& request,
                                                    const shardlog::LogHistory& history) {
    Undoing undoing(begin, end, request);
    MB_TRY_STATUS(scan_undone(request, history,
                              [&undoing](const RecordView& record) { undoing.see(record); }));
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
