#include "shardlog/past_index.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>

#include <xxhash.h>

#include "shardlog/raw_bytes.hpp"
#include "shardlog/segment.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::uint64_t kMagic = 0x545350'2d4b424d4dull;  // "MMBK-PST"
constexpr std::uint16_t kVersion = 1;
// New entries are searched one by one; more are sorted in.
constexpr std::size_t kUnsortedMax = 4'096;

struct FileHeader {
    std::uint64_t magic = kMagic;
    std::uint16_t version = kVersion;
    std::uint16_t flags = 0;
    std::uint32_t marks = 0;
    std::uint64_t records = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t used_bytes = 0;
    std::uint64_t body_checksum = 0;
    std::uint64_t header_checksum = 0;
};
static_assert(sizeof(FileHeader) == 64 && sizeof(FrameMark) == 24);

std::uint64_t header_checksum(const FileHeader& header) {
    return XXH3_64bits(&header, sizeof(header) - sizeof(header.header_checksum));
}

bool is_of(const FileHeader& header, const PastExtent& extent) {
    return header.magic == kMagic && header.version == kVersion && header.flags == 0 &&
           header.header_checksum == header_checksum(header) &&
           header.first == extent.first.position() && header.last == extent.last.position() &&
           header.used_bytes == extent.used_bytes;
}

std::optional<FrameMark> mark_before_time(std::span<const FrameMark> marks, std::int64_t time_ms) {
    const auto behind = std::upper_bound(
        marks.begin(), marks.end(), time_ms,
        [](std::int64_t t, const FrameMark& mark) { return t < mark.newest_before_ms; });
    return behind == marks.begin() ? std::nullopt : std::optional(*(behind - 1));
}

std::optional<FrameMark> mark_before_position(std::span<const FrameMark> marks,
                                              std::uint64_t position) {
    const auto behind =
        std::upper_bound(marks.begin(), marks.end(), position,
                         [](std::uint64_t p, const FrameMark& mark) { return p < mark.position; });
    return behind == marks.begin() ? std::nullopt : std::optional(*(behind - 1));
}

// The parts of a file whose lengths were checked.
class StoredPast final : public PastIndex {
  public:
    StoredPast(std::shared_ptr<const void> memory, const char* at, const FileHeader& header)
        : memory_(std::move(memory)) {
        marks_ = {reinterpret_cast<const FrameMark*>(at), header.marks};
        at += marks_.size_bytes();
        hashes_ = {reinterpret_cast<const std::uint64_t*>(at),
                   static_cast<std::size_t>(header.records)};
        at += hashes_.size_bytes();
        offsets_ = {reinterpret_cast<const std::uint32_t*>(at), hashes_.size()};
    }

    [[nodiscard]] std::vector<std::uint32_t> offsets_of(std::uint64_t hash) const override {
        const auto [begin, end] = std::equal_range(hashes_.begin(), hashes_.end(), hash);
        return {offsets_.begin() + (begin - hashes_.begin()),
                offsets_.begin() + (end - hashes_.begin())};
    }
    [[nodiscard]] std::optional<FrameMark> mark_of_time(std::int64_t time_ms) const override {
        return mark_before_time(marks_, time_ms);
    }
    [[nodiscard]] std::optional<FrameMark> mark_of_position(std::uint64_t position) const override {
        return mark_before_position(marks_, position);
    }

  private:
    std::shared_ptr<const void> memory_;
    std::span<const FrameMark> marks_;
    std::span<const std::uint64_t> hashes_;
    std::span<const std::uint32_t> offsets_;
};

}  // namespace

std::uint64_t hash_of(const ItemName& item) {
    return XXH3_64bits_withSeed(item.row_key.data(), item.row_key.size(), item.table.value());
}

Status GrowingPast::extend(std::string_view bytes, std::uint64_t used_bytes,
                           std::string_view segment) {
    const base::MutexLock lock(mutex_);
    while (covered_bytes_ < used_bytes) {
        const std::optional<FrameView> frame = FrameView::parse(bytes, covered_bytes_);
        if (!frame) {
            return damaged(segment, covered_bytes_, "a frame's checksum does not match");
        }
        MB_TRY_STATUS(add(*frame, covered_bytes_, segment));
        covered_bytes_ += frame->bytes();
    }
    if (entries_.size() - sorted_ > kUnsortedMax) {
        sort();
    }
    return {};
}

Status GrowingPast::add(const FrameView& frame, std::uint64_t offset, std::string_view segment) {
    if (marks_.empty()) {
        newest_ms_ = std::numeric_limits<std::int64_t>::min();
    }
    if (marks_.empty() || offset - marks_.back().offset >= kMarkBytes) {
        marks_.push_back({newest_ms_, frame.first().position(), offset});
    }
    newest_ms_ = std::max(newest_ms_, frame.header().time_ms);
    std::uint64_t at = sizeof(FrameHeader);
    for (std::uint32_t ordinal = 0; ordinal < frame.header().records; ++ordinal) {
        const std::optional<RecordView> record = frame.record_at(at);
        if (!record) {
            return damaged(segment, offset, "a record does not fit its frame");
        }
        entries_.push_back(
            {hash_of({record->table, record->row_key}), static_cast<std::uint32_t>(offset + at)});
        at = frame.after(at);
    }
    return {};
}

void GrowingPast::sort() {
    const auto middle = entries_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    std::sort(middle, entries_.end());
    std::inplace_merge(entries_.begin(), middle, entries_.end());
    sorted_ = entries_.size();
}

std::vector<std::uint32_t> GrowingPast::offsets_of(std::uint64_t hash) const {
    const base::MutexLock lock(mutex_);
    std::vector<std::uint32_t> offsets;
    const auto middle = entries_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    for (auto at = std::lower_bound(entries_.begin(), middle, Entry{hash, 0});
         at != middle && at->hash == hash; ++at) {
        offsets.push_back(at->offset);
    }
    for (auto at = middle; at != entries_.end(); ++at) {
        if (at->hash == hash) {
            offsets.push_back(at->offset);
        }
    }
    return offsets;
}

std::optional<FrameMark> GrowingPast::mark_of_time(std::int64_t time_ms) const {
    const base::MutexLock lock(mutex_);
    return mark_before_time(marks_, time_ms);
}

std::optional<FrameMark> GrowingPast::mark_of_position(std::uint64_t position) const {
    const base::MutexLock lock(mutex_);
    return mark_before_position(marks_, position);
}

std::string GrowingPast::encode(const PastExtent& extent) {
    const base::MutexLock lock(mutex_);
    sort();
    std::string out(sizeof(FileHeader), '\0');
    out.reserve(out.size() + marks_.size() * sizeof(FrameMark) + entries_.size() * 12);
    for (const FrameMark& mark : marks_) {
        append_raw(out, mark);
    }
    for (const Entry& entry : entries_) {
        append_raw(out, entry.hash);
    }
    for (const Entry& entry : entries_) {
        append_raw(out, entry.offset);
    }
    FileHeader header{.marks = static_cast<std::uint32_t>(marks_.size()),
                      .records = entries_.size(),
                      .first = extent.first.position(),
                      .last = extent.last.position(),
                      .used_bytes = extent.used_bytes,
                      .body_checksum = XXH3_64bits(out.data() + sizeof(FileHeader),
                                                   out.size() - sizeof(FileHeader))};
    header.header_checksum = header_checksum(header);
    std::memcpy(out.data(), &header, sizeof(header));
    return out;
}

bool has_past(base::FileSystem& files, const base::Path& path, const PastExtent& extent) {
    const auto file = files.open(path, base::OpenMode::Read);
    if (!file) {
        return false;
    }
    FileHeader header;
    const auto read = (*file)->read_at(0, {reinterpret_cast<char*>(&header), sizeof(header)});
    return read && *read == sizeof(header) && is_of(header, extent);
}

Result<std::shared_ptr<const PastIndex>> parse_past(std::string_view bytes,
                                                    std::shared_ptr<const void> memory,
                                                    const PastExtent& extent) {
    FileHeader header;
    if (bytes.size() >= sizeof(header)) {
        std::memcpy(&header, bytes.data(), sizeof(header));
        const std::string_view body = bytes.substr(sizeof(header));
        const bool fits = header.records < body.size() &&
                          body.size() == header.marks * sizeof(FrameMark) + header.records * 12;
        if (is_of(header, extent) && fits &&
            XXH3_64bits(body.data(), body.size()) == header.body_checksum) {
            return std::make_shared<const StoredPast>(std::move(memory), body.data(), header);
        }
    }
    return fail(Code::Corrupt, "the index is damaged or of another segment");
}

Result<std::shared_ptr<const PastIndex>> load_past(base::FileSystem& files, const base::Path& path,
                                                   const PastExtent& extent) {
    MB_TRY(const auto file, files.open(path, base::OpenMode::Read));
    MB_TRY(const std::uint64_t size, file->size());
    MB_TRY(auto mapping, file->map(size));
    const std::string_view bytes = mapping->bytes();
    auto parsed = parse_past(bytes, std::move(mapping), extent);
    return parsed ? std::move(parsed)
                  : base::with_context(path.native(), std::move(parsed).error());
}

}  // namespace millbeck::shardlog
