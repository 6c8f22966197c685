#include "shardlog/archive_file.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <zstd.h>

#include "base/mutex.hpp"
#include "shardlog/archive_format.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Result;

// A block is larger only if one frame is.
constexpr std::uint32_t kBlockBytesMax = 1u << 30;

struct DecompressorFree {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// The parts of a mapped file whose lengths and checksums were verified.
struct Opened {
    std::shared_ptr<const base::Mapping> mapping;
    std::span<const ArchiveBlock> table;
    std::string_view blocks;
    std::shared_ptr<const ZSTD_DDict> dictionary;
    std::shared_ptr<const PastIndex> past;
};

class FileSegment final : public ArchivedSegment {
  public:
    FileSegment(base::FileSystem& files, base::Path path, const ArchiveFileHeader& header,
                std::uint64_t file_bytes)
        : files_(files), path_(std::move(path)), header_(header), file_bytes_(file_bytes) {}

    [[nodiscard]] SequenceNumber first() const override { return SequenceNumber{header_.first}; }
    [[nodiscard]] SequenceNumber last() const override { return SequenceNumber{header_.last}; }
    [[nodiscard]] std::int64_t newest_time_ms() const override { return header_.newest_time_ms; }
    [[nodiscard]] std::uint64_t used_bytes() const override { return header_.used_bytes; }
    [[nodiscard]] std::string name() const override { return path_.filename().native(); }
    [[nodiscard]] std::uint64_t file_bytes() const override { return file_bytes_; }

    [[nodiscard]] Result<std::shared_ptr<const PastIndex>> past() override {
        MB_TRY(const auto opened, open());
        return opened->past;
    }
    [[nodiscard]] Compression compression() const override {
        return header_.flags == kArchiveSmall ? Compression::Small : Compression::Quick;
    }
    [[nodiscard]] Result<std::string> encoded(Compression compression) override;
    [[nodiscard]] Result<FrameSpan> frames_at(std::uint64_t offset) override;
    void rest() override;

  private:
    [[nodiscard]] Result<std::shared_ptr<const Opened>> open();
    [[nodiscard]] Result<std::shared_ptr<const Opened>> load() const;
    [[nodiscard]] tl::unexpected<base::Error> corrupt(std::string_view what) const {
        return fail(Code::Corrupt,
                    fmt::format("archive {} is damaged: {}; restore the file from a copy",
                                path_.native(), what));
    }

    base::FileSystem& files_;
    const base::Path path_;
    const ArchiveFileHeader header_;
    const std::uint64_t file_bytes_;
    base::Mutex mutex_;
    std::shared_ptr<const Opened> opened_ MB_GUARDED_BY(mutex_);
    FrameSpan last_ MB_GUARDED_BY(mutex_);  // what was uncompressed last
    bool is_used_ MB_GUARDED_BY(mutex_) = false;
};

Result<std::shared_ptr<const Opened>> FileSegment::load() const {
    MB_TRY(const auto file, files_.open(path_, base::OpenMode::Read));
    MB_TRY(auto mapping, file->map(file_bytes_));
    std::string_view rest = mapping->bytes().substr(sizeof(ArchiveFileHeader));
    const std::size_t table_bytes = header_.blocks * sizeof(ArchiveBlock);
    const std::size_t before_index = table_bytes + header_.dictionary_bytes + header_.blocks_bytes;
    if (rest.size() != before_index + padding_behind(before_index) + header_.index_bytes) {
        return corrupt("it is not as long as it says");
    }
    const std::string_view known = rest.substr(0, table_bytes + header_.dictionary_bytes);
    if (XXH3_64bits(known.data(), known.size()) != header_.table_checksum) {
        return corrupt("the checksum of its table does not match");
    }
    auto opened = std::make_shared<Opened>();
    opened->table = {reinterpret_cast<const ArchiveBlock*>(rest.data()), header_.blocks};
    opened->blocks = rest.substr(known.size(), header_.blocks_bytes);
    const std::string_view dictionary = known.substr(table_bytes);
    if (!dictionary.empty()) {
        opened->dictionary = std::shared_ptr<const ZSTD_DDict>(
            ZSTD_createDDict(dictionary.data(), dictionary.size()),
            [](const ZSTD_DDict* made) { ZSTD_freeDDict(const_cast<ZSTD_DDict*>(made)); });
    }
    const std::string_view index = rest.substr(before_index + padding_behind(before_index));
    auto past = parse_past(index, mapping,
                           {.first = first(), .last = last(), .used_bytes = header_.used_bytes});
    if (!past) {
        return corrupt("its index is");
    }
    opened->past = std::move(*past);
    opened->mapping = std::move(mapping);
    return opened;
}

Result<std::shared_ptr<const Opened>> FileSegment::open() {
    {
        const base::MutexLock lock(mutex_);
        is_used_ = true;
        if (opened_ != nullptr) {
            return opened_;
        }
    }
    MB_TRY(auto opened, load());
    const base::MutexLock lock(mutex_);
    opened_ = opened;
    return opened;
}

Result<FrameSpan> FileSegment::frames_at(std::uint64_t offset) {
    MB_TRY(const auto opened, open());
    {
        const base::MutexLock lock(mutex_);
        if (last_.begin <= offset && offset < last_.begin + last_.bytes.size()) {
            return last_;
        }
    }
    const auto behind = std::upper_bound(
        opened->table.begin(), opened->table.end(), offset,
        [](std::uint64_t at, const ArchiveBlock& block) { return at < block.begin; });
    if (behind == opened->table.begin()) {
        return corrupt("it has no block for an offset of its index");
    }
    const ArchiveBlock& block = *(behind - 1);
    if (block.offset > opened->blocks.size() ||
        block.bytes > opened->blocks.size() - block.offset || block.raw_bytes > kBlockBytesMax) {
        return corrupt("a block lies outside of it");
    }
    auto raw = std::make_shared<std::string>(block.raw_bytes, '\0');
    const std::unique_ptr<ZSTD_DCtx, DecompressorFree> context(ZSTD_createDCtx());
    const char* from = opened->blocks.data() + block.offset;
    const std::size_t bytes =
        opened->dictionary != nullptr
            ? ZSTD_decompress_usingDDict(context.get(), raw->data(), raw->size(), from, block.bytes,
                                         opened->dictionary.get())
            : ZSTD_decompressDCtx(context.get(), raw->data(), raw->size(), from, block.bytes);
    if (ZSTD_isError(bytes) != 0 || bytes != raw->size()) {
        return corrupt(fmt::format("the block of offset {}", block.begin));
    }
    FrameSpan span{.bytes = *raw, .begin = block.begin, .memory = raw};
    const base::MutexLock lock(mutex_);
    last_ = span;
    return span;
}

Result<std::string> FileSegment::encoded(Compression compression) {
    MB_TRY(const auto opened, open());
    std::string frames;
    const std::uint64_t begin = opened->table.empty() ? 0 : opened->table.front().begin;
    for (const ArchiveBlock& block : opened->table) {
        MB_TRY(const FrameSpan span, frames_at(block.begin));
        frames.append(span.bytes);
    }
    const std::string_view all = opened->mapping->bytes();
    return encode_archive(
        {.extent = {.first = first(), .last = last(), .used_bytes = header_.used_bytes},
         .newest_time_ms = header_.newest_time_ms,
         .compression = compression},
        frames, begin, all.substr(all.size() - header_.index_bytes), name());
}

void FileSegment::rest() {
    std::shared_ptr<const Opened> dropped;  // unmapped outside of the lock
    FrameSpan dropped_span;
    const base::MutexLock lock(mutex_);
    if (!is_used_) {
        dropped.swap(opened_);
        std::swap(dropped_span, last_);
    }
    is_used_ = false;
}

}  // namespace

Result<std::shared_ptr<ArchivedSegment>> ArchivedSegment::open(base::FileSystem& files,
                                                               const base::Path& path) {
    MB_TRY(const auto file, files.open(path, base::OpenMode::Read));
    MB_TRY(const std::uint64_t size, file->size());
    ArchiveFileHeader header;
    MB_TRY(const std::size_t read,
           file->read_at(0, {reinterpret_cast<char*>(&header), sizeof(header)}));
    if (read != sizeof(header) || header.magic != kArchiveMagic ||
        header.version != kArchiveVersion || header.flags > kArchiveSmall ||
        header.header_checksum != header_checksum(header) || header.last < header.first) {
        return fail(Code::Corrupt, fmt::format("archive {} has a damaged header, or a newer "
                                               "version of Millbeck made it",
                                               path.native()));
    }
    return std::make_shared<FileSegment>(files, path, header, size);
}

}  // namespace millbeck::shardlog
