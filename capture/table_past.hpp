// What one table was: an item, all of it, the changes of an item. See TableStore, "the past".
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/item_store.hpp"
#include "capture/read_page.hpp"
#include "shardlog/shard_log.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::capture {

// Threads: any.
class TablePast {
  public:
    using Visitor = std::function<base::Result<shardlog::NextRecord>(const shardlog::RecordView&)>;

    // `items` and `log` outlive it, and every image.
    TablePast(std::shared_ptr<const TableEntry> table, const ItemStore& items,
              shardlog::ShardLog& log)
        : table_(std::move(table)), items_(items), log_(log) {}

    // The three as in TableStore.
    [[nodiscard]] base::Result<StoredItem> item(const shardlog::Item& key,
                                                shardlog::SequenceNumber as_of) const;
    [[nodiscard]] base::Result<std::shared_ptr<const shardlog::TableImage>> image(
        shardlog::SequenceNumber as_of) const;
    [[nodiscard]] base::Status history(const shardlog::Item& key, shardlog::LogRange range,
                                       shardlog::ReadOrder order, const Visitor& visit) const;

  private:
    using ImagePointer = std::shared_ptr<const shardlog::TableImage>;

    [[nodiscard]] base::Status check(shardlog::SequenceNumber as_of) const;
    [[nodiscard]] shardlog::SequenceNumber oldest() const;
    [[nodiscard]] base::Result<std::string> row_key(const shardlog::Item& key) const;
    [[nodiscard]] base::Result<ImagePointer> published_image() const;
    [[nodiscard]] base::Result<StoredItem> item_now(const ImagePointer& image,
                                                    const std::string& row_key) const;

    std::shared_ptr<const TableEntry> table_;
    const ItemStore& items_;
    shardlog::ShardLog& log_;
};

}  // namespace millbeck::capture
