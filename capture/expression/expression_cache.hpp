// Parsed expressions by their text: clients send the same few texts for ever.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "capture/expression/syntax.hpp"

namespace millbeck::capture::expression {

struct ExpressionCacheOptions {
    std::size_t entries_max = 4096;    // parsed expressions; 16 ..
    std::size_t bytes_max = 8u << 20;  // of memory they hold; 64 KB ..
};

// Two generations: what is asked for moves to the young one; when that is half of what is allowed,
// it becomes the old one and the old one is forgotten.
// Invariants: never more than the options say; an entry never changes.
// Threads:    any; a lock per shard of the cache, held for a look-up only, never while parsing.
// Errors:     Invalid, with the service's text; errors are not kept.
class ExpressionCache {
  public:
    explicit ExpressionCache(const ExpressionCacheOptions& options = {});

    base::Result<std::shared_ptr<const Syntax>> parse(Kind kind, std::string_view text);

    // Entries held now.
    [[nodiscard]] std::size_t size() const;

  private:
    using Entry = std::shared_ptr<const Syntax>;
    // The three conditions share a grammar, and so an entry.
    enum class Grammar : std::uint8_t { Condition, Update, Projection };
    struct Key {
        Grammar grammar = Grammar::Condition;
        std::string_view text;  // of the entry
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const;
    };
    using Generation = std::unordered_map<Key, Entry, Hash>;
    struct Shard {
        mutable base::Mutex mutex;
        Generation young MB_GUARDED_BY(mutex);
        Generation old MB_GUARDED_BY(mutex);
        std::size_t young_bytes MB_GUARDED_BY(mutex) = 0;
    };
    static constexpr std::size_t kShards = 8;

    Shard& shard_of(const Key& key);
    void insert(Shard& shard, const Key& key, Entry entry) MB_REQUIRES(shard.mutex);

    const std::size_t young_entries_max_;  // of one shard
    const std::size_t young_bytes_max_;
    std::array<Shard, kShards> shards_;
};

}  // namespace millbeck::capture::expression
