#include "runtime/restore/increment.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using base::Status;
using shardlog::ImagePage;
using shardlog::ImageRow;
using shardlog::TableImage;

// The rows of an image, one after the other.
class Rows {
  public:
    explicit Rows(const TableImage* image) : image_(image), ended_(image == nullptr) {}

    // nullptr: no more. Until the next call.
    Result<const ImageRow*> next() {
        while (at_ == page_.rows.size()) {
            if (ended_) {
                return nullptr;
            }
            MB_TRY(page_, image_->read({.last_hash = std::numeric_limits<std::uint64_t>::max(),
                                        .from = from_,
                                        .rows_max = 4'096}));
            at_ = 0;
            ended_ = page_.is_last;
            if (!page_.rows.empty()) {
                from_ = page_.rows.back().row_key;
            }
        }
        return &page_.rows[at_++];
    }

  private:
    const TableImage* image_;
    bool ended_;
    ImagePage page_;
    std::size_t at_ = 0;
    std::string from_;
};

}  // namespace

Status visit_changes(const TableImage* before, const TableImage& after, const std::stop_token& stop,
                     const std::function<Status(const ItemChange&)>& visit) {
    Rows old_rows(before);
    Rows new_rows(&after);
    MB_TRY(const ImageRow* was, old_rows.next());
    MB_TRY(const ImageRow* is, new_rows.next());
    while (was != nullptr || is != nullptr) {
        if (stop.stop_requested()) {
            return base::fail(Code::Cancelled, "stopped before all changes were written");
        }
        const bool only_old = is == nullptr || (was != nullptr && was->row_key < is->row_key);
        const bool only_new = was == nullptr || (is != nullptr && is->row_key < was->row_key);
        if (only_old) {
            MB_TRY_STATUS(visit({was->row_key, was->keys, was->item, {}}));
        } else if (only_new) {
            MB_TRY_STATUS(visit({is->row_key, is->keys, {}, is->item}));
        } else if (was->item.text != is->item.text) {
            MB_TRY_STATUS(visit({is->row_key, is->keys, was->item, is->item}));
        }
        if (!only_new) {
            MB_TRY(was, old_rows.next());
        }
        if (!only_old) {
            MB_TRY(is, new_rows.next());
        }
    }
    return {};
}

std::string change_line(const ItemChange& change, base::WallTime written, OldImages old_images) {
    std::string line = fmt::format(
        R"({{"Metadata":{{"WriteTimestampMicros":{{"N":"{}"}}}},"Keys":{})",
        std::chrono::duration_cast<std::chrono::microseconds>(written.time_since_epoch()).count(),
        change.keys.text);
    if (change.before.present() && old_images == OldImages::Shown) {
        line.append(R"(,"OldImage":)").append(change.before.text);
    }
    if (change.after.present()) {
        line.append(R"(,"NewImage":)").append(change.after.text);
    }
    return line.append("}\n");
}

}  // namespace millbeck::runtime
