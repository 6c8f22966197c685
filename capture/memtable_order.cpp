#include "capture/memtable_order.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include <rocksdb/memtablerep.h>

namespace millbeck::capture {
namespace {

using rocksdb::MemTableRep;
using rocksdb::Slice;

static_assert(std::endian::native == std::endian::little, "stored integers are copied as they are");

constexpr std::size_t kTrailerBytes = 8;
constexpr unsigned kTypeBits = 8;

std::uint64_t load(const char* bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, sizeof(value));
    return value;
}

Slice key_of(const char* entry) {
    constexpr std::uint8_t kOneByteMax = 0x7F;  // of a varint; keys are rarely longer
    const auto length = static_cast<std::uint8_t>(*entry);
    return length <= kOneByteMax ? Slice(entry + 1, length)
                                 : rocksdb::GetLengthPrefixedSlice(entry);
}

int three_way(std::uint64_t a, std::uint64_t b) {
    return a < b ? -1 : static_cast<int>(a > b);
}

int compare(const Slice& a, const Slice& b) {
    const std::size_t a_bytes = a.size() - kTrailerBytes;
    const std::size_t b_bytes = b.size() - kTrailerBytes;
    const std::size_t shorter = std::min(a_bytes, b_bytes);
    // Table and hash stand in front, so the first word settles nearly all.
    if (shorter >= sizeof(std::uint64_t)) {
        const std::uint64_t a_word = __builtin_bswap64(load(a.data()));
        const std::uint64_t b_word = __builtin_bswap64(load(b.data()));
        if (a_word != b_word) {
            return three_way(a_word, b_word);
        }
    }
    if (const int bytes = std::memcmp(a.data(), b.data(), shorter); bytes != 0) {
        return bytes;
    }
    if (a_bytes != b_bytes) {
        return three_way(a_bytes, b_bytes);
    }
    return three_way(load(b.data() + b_bytes) >> kTypeBits, load(a.data() + a_bytes) >> kTypeBits);
}

class Order final : public MemTableRep::KeyComparator {
  public:
    int operator()(const char* a, const char* b) const override { return memtable_order(a, b); }
    int operator()(const char* a, const Slice& b) const override { return compare(key_of(a), b); }
};

class OrderedSkipList final : public rocksdb::SkipListFactory {
  public:
    MemTableRep* CreateMemTableRep(const MemTableRep::KeyComparator& /*as ours*/,
                                   rocksdb::Allocator* allocator,
                                   const rocksdb::SliceTransform* transform,
                                   rocksdb::Logger* logger) override {
        // Never destroyed: RocksDB's threads may still compare while the process exits.
        static const Order& order = *new Order;
        return SkipListFactory::CreateMemTableRep(order, allocator, transform, logger);
    }
};

}  // namespace

std::shared_ptr<rocksdb::MemTableRepFactory> make_memtable_factory() {
    return std::make_shared<OrderedSkipList>();
}

int memtable_order(const char* a, const char* b) {
    return compare(key_of(a), key_of(b));
}

}  // namespace millbeck::capture
