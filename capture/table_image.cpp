#include "shardlog/table_image.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "capture/image_page.hpp"
#include "capture/index_row.hpp"
#include "capture/item_store.hpp"
#include "capture/item_store_state.hpp"

namespace millbeck::capture {
namespace {

using base::Result;
using shardlog::ImagePage;
using shardlog::ImageRange;
using shardlog::ItemView;
using shardlog::SequenceNumber;
using shardlog::TableId;
using shardlog::TableImage;

class RocksImage final : public TableImage {
  public:
    RocksImage(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* items, TableId table,
               const KeySchema& keys, std::shared_ptr<rocksdb::ManagedSnapshot> snapshot,
               std::shared_ptr<const void> files, SequenceNumber as_of)
        : db_(db),
          items_(items),
          table_(table),
          files_(std::move(files)),
          snapshot_(std::move(snapshot)),
          as_of_(as_of) {
        for (const KeyAttribute& key : keys.attributes()) {
            key_names_.push_back(escaped_name(key.name));
        }
        std::sort(key_names_.begin(), key_names_.end());
    }

    [[nodiscard]] SequenceNumber as_of() const override { return as_of_; }

    [[nodiscard]] Result<ImagePage> read(const ImageRange& range) const override {
        const std::string begin = begin_of(range);
        const std::string end = end_of(range);
        const rocksdb::Slice lower = to_slice(begin);
        const rocksdb::Slice upper = to_slice(end);
        rocksdb::ReadOptions options;
        options.snapshot = snapshot_->snapshot();
        options.iterate_lower_bound = &lower;
        options.iterate_upper_bound = &upper;
        options.fill_cache = false;
        const std::unique_ptr<rocksdb::Iterator> rows(db_.NewIterator(options, items_));
        ImagePageBuilder page;
        for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
            MB_TRY(const ItemView item, parse_value(bytes_of(rows->value())));
            const bool fits = page.bytes() + item.text.size() <= range.bytes_max;
            if (page.rows() >= range.rows_max || (page.rows() > 0 && !fits)) {
                return page.build();
            }
            const ItemPart keys = part_of(item.text, key_names_);
            page.add(bytes_of(rows->key()).substr(kTablePrefixBytes), {keys.text, keys.size_bytes},
                     item);
        }
        MB_TRY_STATUS(to_status(rows->status(), "read the image of a table"));
        ImagePage last = page.build();
        last.is_last = true;
        return last;
    }

  private:
    [[nodiscard]] std::string begin_of(const ImageRange& range) const {
        std::string begin = table_prefix(table_);
        if (range.from.empty()) {
            append_hash(begin, range.first_hash);
            return begin;
        }
        begin.append(range.from);
        if (range.begin == ImageRange::Begin::Behind) {
            begin.push_back('\0');  // the first key behind it
        }
        return begin;
    }

    [[nodiscard]] std::string end_of(const ImageRange& range) const {
        if (range.last_hash == std::numeric_limits<std::uint64_t>::max()) {
            return table_prefix(TableId{table_.value() + 1});
        }
        std::string end = table_prefix(table_);
        append_hash(end, range.last_hash + 1);
        return end;
    }

    rocksdb::DB& db_;
    rocksdb::ColumnFamilyHandle* const items_;
    const TableId table_;
    const std::shared_ptr<const void> files_;
    const std::shared_ptr<rocksdb::ManagedSnapshot> snapshot_;
    const SequenceNumber as_of_;
    std::vector<std::string> key_names_;
};

}  // namespace

std::shared_ptr<const void> ItemStore::State::keep_files(TableId table) const {
    const base::MutexLock lock(mutex);
    ++imaged[table.value()];
    return {this, [table](const State* state) {
                const base::MutexLock locked(state->mutex);
                const auto found = state->imaged.find(table.value());
                if (--found->second == 0) {
                    state->imaged.erase(found);
                }
            }};
}

bool ItemStore::State::keeps_files(TableId table) const {
    const base::MutexLock lock(mutex);
    return imaged.contains(table.value());
}

Result<std::shared_ptr<const TableImage>> ItemStore::image(TableId table,
                                                           const KeySchema& keys) const {
    const State& state = *state_;
    auto files = state.keep_files(table);
    auto snapshot = std::make_shared<rocksdb::ManagedSnapshot>(state.db.get());
    MB_TRY(const SequenceNumber as_of, state.applied_at(snapshot->snapshot()));
    return std::shared_ptr<const TableImage>(std::make_shared<const RocksImage>(
        *state.db, state.items, table, keys, std::move(snapshot), std::move(files), as_of));
}

}  // namespace millbeck::capture
