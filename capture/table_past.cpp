#include "capture/table_past.hpp"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "capture/image_as_of.hpp"
#include "capture/key_check.hpp"
#include "capture/row_key.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::EventName;
using shardlog::ImageRange;
using shardlog::ItemName;
using shardlog::LogHistory;
using shardlog::LogRange;
using shardlog::NextRecord;
using shardlog::ReadOrder;
using shardlog::RecordView;
using shardlog::SequenceNumber;

StoredItem stored(const shardlog::ItemView& view) {
    return {.text = std::string(view.text), .size_bytes = view.size_bytes};
}

// The first record of the item within the range, in this order, as `take` makes it.
template <typename Take>
Result<std::optional<StoredItem>> first_of(const LogHistory& history, const ItemName& item,
                                           LogRange range, ReadOrder order, const Take& take) {
    std::optional<StoredItem> found;
    MB_TRY_STATUS(
        history.versions(item, range, order, [&](const RecordView& record) -> Result<NextRecord> {
            MB_TRY(found, take(record));
            return NextRecord::Unwanted;
        }));
    return found;
}

Result<std::optional<StoredItem>> after_record(const RecordView& record) {
    return stored(record.new_image);
}

Result<std::optional<StoredItem>> before_record(const RecordView& record) {
    if (record.event != EventName::Insert && !record.old_image.present()) {
        return fail(Code::Trimmed,
                    "the log does not tell any more what the item was: old images are kept with "
                    "point-in-time recovery, or with a stream that shows them");
    }
    return stored(record.old_image);
}

}  // namespace

SequenceNumber TablePast::oldest() const {
    return std::max(log_.history().oldest(), table_->first_position);
}

Status TablePast::check(SequenceNumber as_of) const {
    if (as_of > log_.history().newest()) {
        return fail(Code::Invalid,
                    fmt::format("nothing is written at {} yet, the newest change is {}",
                                as_of.to_string(), log_.history().newest().to_string()));
    }
    if (as_of.next() < table_->first_position) {
        return fail(Code::Invalid,
                    fmt::format("table {} was not there yet at {}",
                                table_->description.spec.name.value(), as_of.to_string()));
    }
    if (as_of.next() < log_.history().oldest()) {
        return fail(Code::Trimmed,
                    fmt::format("the log reaches back to {}, not to {}",
                                log_.history().oldest().to_string(), as_of.to_string()));
    }
    return {};
}

Result<std::string> TablePast::row_key(const shardlog::Item& key) const {
    MB_TRY_STATUS(check_key(table_->description.spec.keys, key));
    std::string row_key;
    append_row_key(row_key, table_->description.spec.keys, key);
    return row_key;
}

// What is applied is published right after, on the committer's thread; an image taken in between
// is waited for.
Result<TablePast::ImagePointer> TablePast::published_image() const {
    MB_TRY(auto image, items_.image(table_->description.id, table_->description.spec.keys));
    while (image->as_of() > log_.history().newest()) {
        std::this_thread::yield();
    }
    return image;
}

Result<StoredItem> TablePast::item_now(const ImagePointer& image,
                                       const std::string& row_key) const {
    MB_TRY(const auto page, image->read({.last_hash = shardlog::partition_hash(row_key),
                                         .from = row_key,
                                         .begin = ImageRange::Begin::At,
                                         .rows_max = 1}));
    const bool is_there = !page.rows.empty() && page.rows.front().row_key == row_key;
    return is_there ? stored(page.rows.front().item) : StoredItem{};
}

// The last change up to the moment tells it; else what the first one after it found; else, nothing
// having changed it since, what is there.
Result<StoredItem> TablePast::item(const shardlog::Item& key, SequenceNumber as_of) const {
    MB_TRY_STATUS(check(as_of));
    MB_TRY(const std::string row_key, this->row_key(key));
    const auto pin = log_.pin(oldest(), "", shardlog::PinFor::History);
    const LogHistory& history = log_.history();
    const ItemName name{.table = table_->description.id, .row_key = row_key};
    MB_TRY(auto told,
           first_of(history, name, {oldest(), as_of}, ReadOrder::NewestFirst, after_record));
    if (told) {
        return *std::move(told);
    }
    MB_TRY(const ImagePointer now, published_image());
    MB_TRY(told, first_of(history, name, {as_of.next(), now->as_of()}, ReadOrder::OldestFirst,
                          before_record));
    return told ? *std::move(told) : item_now(now, row_key);
}

Result<TablePast::ImagePointer> TablePast::image(SequenceNumber as_of) const {
    auto pin = log_.pin(oldest(),
                        fmt::format("an image of table {}", table_->description.spec.name.value()),
                        shardlog::PinFor::History);
    MB_TRY_STATUS(check(as_of));
    MB_TRY(ImagePointer now, published_image());
    if (now->as_of() == as_of) {
        return now;
    }
    const UndoRequest request{
        .table = table_->description.id, .oldest = oldest(), .then = as_of, .now = now->as_of()};
    return image_as_of(std::move(now), log_.history(), std::move(pin), request);
}

Status TablePast::history(const shardlog::Item& key, LogRange range, ReadOrder order,
                          const Visitor& visit) const {
    MB_TRY(const std::string row_key, this->row_key(key));
    const auto pin = log_.pin(oldest(), "", shardlog::PinFor::History);
    const LogHistory& history = log_.history();
    const ItemName name{.table = table_->description.id, .row_key = row_key};
    const SequenceNumber first = oldest();
    range.from = std::max(range.from, first);
    return history.versions(name, range, order, [&](RecordView record) -> Result<NextRecord> {
        std::optional<StoredItem> before;
        if (record.event != EventName::Insert && !record.old_image.present()) {
            const SequenceNumber older{record.sequence.position() - 1};
            MB_TRY(before,
                   first_of(history, name, {first, older}, ReadOrder::NewestFirst, after_record));
        }
        if (before) {
            record.old_image = before->view();
        }
        return visit(record);
    });
}

}  // namespace millbeck::capture
