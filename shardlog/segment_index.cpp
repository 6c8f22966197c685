#include "shardlog/segment_index.hpp"

#include <algorithm>
#include <cstring>

#include <xxhash.h>

#include "shardlog/raw_bytes.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::uint64_t kMagic = 0x5844492d4b42'4d4dull;  // "MMBK-IDX"
constexpr std::uint16_t kVersion = 1;

struct FileHeader {
    std::uint64_t magic = kMagic;
    std::uint16_t version = kVersion;
    std::uint16_t flags = 0;
    std::uint32_t shards = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::int64_t first_time_ms = 0;
    std::int64_t newest_time_ms = 0;
    std::uint64_t used_bytes = 0;
    std::uint64_t body_checksum = 0;
    std::uint64_t header_checksum = 0;
};
static_assert(sizeof(FileHeader) == 72);
constexpr std::size_t kCheckedHeaderBytes = sizeof(FileHeader) - sizeof(std::uint64_t);

struct ShardEntry {
    std::uint32_t shard = 0;
    std::uint32_t count = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t begin = 0;
};
static_assert(sizeof(ShardEntry) == 32);

std::uint64_t header_checksum(const FileHeader& header) {
    return XXH3_64bits(&header, kCheckedHeaderBytes);
}

bool is_valid(const FileHeader& header) {
    return header.magic == kMagic && header.version == kVersion &&
           header.header_checksum == header_checksum(header);
}

// An index file in memory; the entries and offsets are used where they lie (the mapping is page
// aligned, and both tables start at multiples of their alignment).
class StoredIndex final : public SegmentIndex {
  public:
    StoredIndex(std::shared_ptr<const base::Mapping> mapping, std::span<const ShardEntry> entries,
                const std::uint32_t* offsets)
        : mapping_(std::move(mapping)), entries_(entries), offsets_(offsets) {}

    [[nodiscard]] ShardOffsets find(ShardNumber shard) const override {
        const auto found =
            std::lower_bound(entries_.begin(), entries_.end(), shard.value(),
                             [](const ShardEntry& e, std::uint32_t s) { return e.shard < s; });
        if (found == entries_.end() || found->shard != shard.value()) {
            return {.shard = shard};
        }
        return offsets_of(*found);
    }

    [[nodiscard]] std::vector<ShardOffsets> all() const override {
        std::vector<ShardOffsets> shards;
        shards.reserve(entries_.size());
        for (const ShardEntry& entry : entries_) {
            shards.push_back(offsets_of(entry));
        }
        return shards;
    }

  private:
    [[nodiscard]] ShardOffsets offsets_of(const ShardEntry& entry) const {
        return {.shard = ShardNumber{entry.shard},
                .count = entry.count,
                .first_position = entry.first,
                .last_position = entry.last,
                .stored = offsets_ + entry.begin};
    }

    std::shared_ptr<const base::Mapping> mapping_;
    std::span<const ShardEntry> entries_;
    const std::uint32_t* offsets_;
};

ShardOffsets offsets_of(ShardNumber shard, const OffsetList& list) {
    const std::uint32_t count = list.size();
    if (count == 0) {
        return {.shard = shard};
    }
    return {.shard = shard,
            .count = count,
            .first_position = list.first_position(),
            .last_position = list.last_position(),
            .growing = &list};
}

}  // namespace

OffsetList& GrowingIndex::list(ShardNumber shard) {
    OffsetList*& known = writer_lists_[shard.value()];
    if (known == nullptr) {
        const base::MutexLock lock(mutex_);
        auto& owned = lists_[shard.value()];
        owned = std::make_unique<OffsetList>();
        known = owned.get();
    }
    return *known;
}

void GrowingIndex::add(ShardNumber shard, std::uint32_t offset, std::uint64_t position) {
    list(shard).push(offset, position);
}

ShardOffsets GrowingIndex::find(ShardNumber shard) const {
    const base::MutexLock lock(mutex_);
    const auto found = lists_.find(shard.value());
    return found == lists_.end() ? ShardOffsets{.shard = shard} : offsets_of(shard, *found->second);
}

std::vector<ShardOffsets> GrowingIndex::all() const {
    std::vector<ShardOffsets> shards;
    {
        const base::MutexLock lock(mutex_);
        for (const auto& [number, list] : lists_) {
            shards.push_back(offsets_of(ShardNumber{number}, *list));
        }
    }
    std::sort(shards.begin(), shards.end(),
              [](const ShardOffsets& a, const ShardOffsets& b) { return a.shard < b.shard; });
    return shards;
}

std::string encode_index(const IndexSummary& summary, const SegmentIndex& index) {
    const std::vector<ShardOffsets> shards = index.all();
    std::string out(sizeof(FileHeader), '\0');
    std::uint64_t begin = 0;
    for (const ShardOffsets& shard : shards) {
        append_raw(out, ShardEntry{.shard = shard.shard.value(),
                                   .count = shard.count,
                                   .first = shard.first_position,
                                   .last = shard.last_position,
                                   .begin = begin});
        begin += shard.count;
    }
    out.reserve(out.size() + begin * sizeof(std::uint32_t));
    for (const ShardOffsets& shard : shards) {
        for (std::uint32_t i = 0; i < shard.count; ++i) {
            append_raw(out, shard.at(i));
        }
    }
    FileHeader header{.shards = static_cast<std::uint32_t>(shards.size()),
                      .first = summary.first.position(),
                      .last = summary.last.position(),
                      .first_time_ms = summary.first_time_ms,
                      .newest_time_ms = summary.newest_time_ms,
                      .used_bytes = summary.used_bytes,
                      .body_checksum = XXH3_64bits(out.data() + sizeof(FileHeader),
                                                   out.size() - sizeof(FileHeader))};
    header.header_checksum = header_checksum(header);
    std::memcpy(out.data(), &header, sizeof(header));
    return out;
}

std::optional<IndexSummary> load_summary(base::FileSystem& files, const base::Path& path) {
    auto file = files.open(path, base::OpenMode::Read);
    if (!file) {
        return std::nullopt;
    }
    FileHeader header;
    const auto read =
        (*file)->read_at(0, {reinterpret_cast<char*>(&header), sizeof(header)});  // NOLINT
    if (!read || *read != sizeof(header) || !is_valid(header)) {
        return std::nullopt;
    }
    return IndexSummary{.first = SequenceNumber{header.first},
                        .last = SequenceNumber{header.last},
                        .first_time_ms = header.first_time_ms,
                        .newest_time_ms = header.newest_time_ms,
                        .used_bytes = header.used_bytes};
}

Result<std::shared_ptr<const SegmentIndex>> load_index(base::FileSystem& files,
                                                       const base::Path& path) {
    MB_TRY(const auto file, files.open(path, base::OpenMode::Read));
    MB_TRY(const std::uint64_t size, file->size());
    MB_TRY(auto mapping, file->map(size));
    const std::string_view bytes = mapping->bytes();
    const auto corrupt = [&path] {
        return fail(Code::Corrupt, "index " + path.native() + " is damaged");
    };
    FileHeader header;
    if (bytes.size() < sizeof(header)) {
        return corrupt();
    }
    std::memcpy(&header, bytes.data(), sizeof(header));
    const std::string_view body = bytes.substr(sizeof(header));
    if (!is_valid(header) || body.size() / sizeof(ShardEntry) < header.shards ||
        XXH3_64bits(body.data(), body.size()) != header.body_checksum) {
        return corrupt();
    }
    const std::span<const ShardEntry> entries(reinterpret_cast<const ShardEntry*>(body.data()),
                                              header.shards);
    const char* offsets = body.data() + entries.size_bytes();
    const std::uint64_t count = (body.size() - entries.size_bytes()) / sizeof(std::uint32_t);
    for (const ShardEntry& entry : entries) {
        if (entry.begin > count || entry.count > count - entry.begin) {
            return corrupt();
        }
    }
    return std::make_shared<const StoredIndex>(std::move(mapping), entries,
                                               reinterpret_cast<const std::uint32_t*>(offsets));
}

}  // namespace millbeck::shardlog
