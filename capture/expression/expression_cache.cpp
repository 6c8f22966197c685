#include "capture/expression/expression_cache.hpp"

#include <algorithm>

#include <xxhash.h>

#include "capture/expression/parser.hpp"

namespace millbeck::capture::expression {
namespace {

// The node and bucket of an entry in its generation, about.
constexpr std::size_t kEntryBytes = 96;

}  // namespace

std::size_t ExpressionCache::Hash::operator()(const Key& key) const {
    return XXH3_64bits_withSeed(key.text.data(), key.text.size(),
                                static_cast<std::uint64_t>(key.grammar));
}

ExpressionCache::ExpressionCache(const ExpressionCacheOptions& options)
    : young_entries_max_(std::max<std::size_t>(options.entries_max / kShards / 2, 1)),
      young_bytes_max_(std::max<std::size_t>(options.bytes_max / kShards / 2, 1)) {}

ExpressionCache::Shard& ExpressionCache::shard_of(const Key& key) {
    // The high bits: maps use the low ones.
    return shards_[Hash()(key) >> 61];
}

base::Result<std::shared_ptr<const Syntax>> ExpressionCache::parse(Kind kind,
                                                                   std::string_view text) {
    Key key{Grammar::Condition, text};
    if (kind == Kind::Update || kind == Kind::Projection) {
        key.grammar = kind == Kind::Update ? Grammar::Update : Grammar::Projection;
    }
    Shard& shard = shard_of(key);
    {
        const base::MutexLock lock(shard.mutex);
        if (const auto found = shard.young.find(key); found != shard.young.end()) {
            return found->second;
        }
        if (const auto found = shard.old.find(key); found != shard.old.end()) {
            Entry entry = found->second;
            shard.old.erase(found);
            key.text = entry->text;
            insert(shard, key, entry);
            return entry;
        }
    }
    MB_TRY(Entry entry, parse_expression(kind, text));
    key.text = entry->text;
    const base::MutexLock lock(shard.mutex);
    insert(shard, key, entry);
    return entry;
}

// Of two threads that parsed the same text the first to come here is kept.
void ExpressionCache::insert(Shard& shard, const Key& key, Entry entry) {
    const std::size_t bytes = entry->memory_bytes() + kEntryBytes;
    if (bytes > young_bytes_max_) {
        return;
    }
    if (shard.young.size() >= young_entries_max_ || shard.young_bytes + bytes > young_bytes_max_) {
        shard.old = std::move(shard.young);
        shard.young.clear();
        shard.young_bytes = 0;
    }
    if (shard.young.emplace(key, std::move(entry)).second) {
        shard.young_bytes += bytes;
    }
}

std::size_t ExpressionCache::size() const {
    std::size_t entries = 0;
    for (const Shard& shard : shards_) {
        const base::MutexLock lock(shard.mutex);
        entries += shard.young.size() + shard.old.size();
    }
    return entries;
}

}  // namespace millbeck::capture::expression
