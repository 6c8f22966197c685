// The order of the keys in RocksDB's memtable: what rocksdb::BytewiseComparator() says, without its
// detours. A search compares some fifty keys, and RocksDB's own comparison counts each of them in
// thread-local counters that nobody reads, which costs several times what comparing does.
#pragma once

#include <memory>

namespace rocksdb {
class MemTableRepFactory;
}  // namespace rocksdb

namespace millbeck::capture {

// RocksDB's skip list, ordered by memtable_order(). Requires: the family is ordered by
// rocksdb::BytewiseComparator(), its default.
std::shared_ptr<rocksdb::MemTableRepFactory> make_memtable_factory();

// Negative, 0 or positive as `a` is before, equal to or behind `b`. Both are entries of a memtable:
// the length of the key as a varint32, the key, and 8 bytes, little-endian, of sequence number
// (upper 56 bits) and type; that length counts the 8. Newer entries of a key come first, the type
// does not count.
int memtable_order(const char* a, const char* b);

}  // namespace millbeck::capture
