// How RocksDB is set up for the item store, and why. For item_store.cpp only.
#pragma once

#include "capture/item_store.hpp"

namespace rocksdb {
struct ColumnFamilyOptions;
struct DBOptions;
}  // namespace rocksdb

namespace millbeck::capture {

rocksdb::DBOptions make_db_options();
rocksdb::ColumnFamilyOptions make_item_family_options(const ItemStoreOptions& options);
rocksdb::ColumnFamilyOptions make_meta_family_options(const ItemStoreOptions& options);

}  // namespace millbeck::capture
