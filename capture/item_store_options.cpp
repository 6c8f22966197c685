#include "capture/item_store_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include "capture/memtable_order.hpp"

namespace millbeck::capture {
namespace {

constexpr double kBloomBitsPerKey = 10;  // 1 % false positives
constexpr double kMemtableBloomShare = 0.02;
// A quarter of the blocks of RocksDB's usual 4 KB, for the same items: a Query of neighbours needs
// two where it needed eight, and the cache's lists are a quarter as long. A read that misses the
// cache unpacks more for it.
constexpr std::size_t kBlockBytes = 16U << 10U;
constexpr int kOpenFilesMax = 512;  // below the usual limit of 1024 descriptors a process
constexpr std::size_t kInfoLogBytesMax = 4U << 20U;
constexpr std::size_t kInfoLogsKept = 2;

rocksdb::BlockBasedTableOptions make_table_options(const ItemStoreOptions& options) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
    // Filters and indexes count against the cache: memory has one limit, not one per file.
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.cache_index_and_filter_blocks_with_high_priority = true;
    // Point lookups dominate: find the key in a block by hash instead of by bisection.
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    table.block_size = kBlockBytes;
    table.block_restart_interval = 4;
    table.format_version = 5;
    return table;
}

}  // namespace

rocksdb::DBOptions make_db_options() {
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    // The shard log is the write-ahead log. Without this, families would flush apart and a crash
    // would leave items that the stored position does not know.
    options.atomic_flush = true;
    // Closing is what a crash does: one way to start, used every time.
    options.avoid_flush_during_shutdown = true;
    options.allow_concurrent_memtable_write = false;  // there is one writer
    options.enable_write_thread_adaptive_yield = false;
    options.max_background_jobs = 2;
    options.max_open_files = kOpenFilesMax;
    options.skip_stats_update_on_db_open = true;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.max_log_file_size = kInfoLogBytesMax;
    options.keep_log_file_num = kInfoLogsKept;
    return options;
}

rocksdb::ColumnFamilyOptions make_item_family_options(const ItemStoreOptions& options) {
    rocksdb::ColumnFamilyOptions family;
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(make_table_options(options)));
    family.memtable_factory = make_memtable_factory();
    family.write_buffer_size = options.memtable_bytes;
    family.max_write_buffer_number = 4;
    // A new item is looked for before it is inserted: let the memtable say "not here" quickly.
    family.memtable_whole_key_filtering = true;
    family.memtable_prefix_bloom_size_ratio = kMemtableBloomShare;
    family.level_compaction_dynamic_level_bytes = true;
    // What is young is rewritten soon; what has settled is compressed once.
    family.compression_per_level = {rocksdb::kNoCompression,  rocksdb::kNoCompression,
                                    rocksdb::kLZ4Compression, rocksdb::kLZ4Compression,
                                    rocksdb::kLZ4Compression, rocksdb::kLZ4Compression,
                                    rocksdb::kLZ4Compression};
    return family;
}

rocksdb::ColumnFamilyOptions make_meta_family_options(const ItemStoreOptions& options) {
    rocksdb::ColumnFamilyOptions family;
    family.write_buffer_size = options.memtable_bytes;
    family.max_write_buffer_number = 4;
    family.compression = rocksdb::kNoCompression;
    return family;
}

}  // namespace millbeck::capture
