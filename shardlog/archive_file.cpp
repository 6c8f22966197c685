#include "shardlog/archive_file.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <xxhash.h>
#define ZDICT_STATIC_LINKING_ONLY  // for the trainer that takes its parameters as given
#include <zdict.h>
#include <zstd.h>

#include "base/mutex.hpp"
#include "shardlog/frame.hpp"
#include "shardlog/segment.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::uint64_t kMagic = 0x435241'2d4b424d4dull;  // "MMBK-ARC"
constexpr std::uint16_t kVersion = 1;
constexpr int kLevel = 5;
// A segment's dictionary is a small part of it.
constexpr std::size_t kDictionaryBytesMax = 64u << 10;
constexpr std::size_t kDictionaryBytesMin = 1u << 10;
constexpr std::size_t kDictionaryPart = 128;
// The dictionary is made of so many records, evenly chosen.
constexpr std::size_t kSamplesMax = 4'000;
constexpr std::size_t kSampleBytesMax = 1u << 10;
constexpr std::size_t kSamplesMin = 50;
// A block is larger only if one frame is.
constexpr std::uint32_t kBlockBytesMax = 1u << 30;

struct FileHeader {
    std::uint64_t magic = kMagic;
    std::uint16_t version = kVersion;
    std::uint16_t flags = 0;
    std::uint32_t blocks = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::int64_t newest_time_ms = 0;
    std::uint64_t used_bytes = 0;
    std::uint64_t dictionary_bytes = 0;
    std::uint64_t blocks_bytes = 0;
    std::uint64_t index_bytes = 0;
    std::uint64_t table_checksum = 0;
    std::uint64_t header_checksum = 0;
};
static_assert(sizeof(FileHeader) == 88);

struct Block {
    std::uint64_t begin = 0;   // in the segment
    std::uint64_t offset = 0;  // behind the dictionary
    std::uint32_t bytes = 0;
    std::uint32_t raw_bytes = 0;
};
static_assert(sizeof(Block) == 24);

std::uint64_t header_checksum(const FileHeader& header) {
    return XXH3_64bits(&header, sizeof(header) - sizeof(header.header_checksum));
}

std::size_t padding(std::size_t bytes) {
    return (8 - bytes % 8) % 8;
}

// Bytes of records, one after the other, and how long each is.
struct Samples {
    std::string bytes;
    std::vector<std::size_t> sizes;
};

struct CompressorFree {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
    void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};

// Walks the frames once: where blocks end, and what the dictionary is made of.
class Plan {
  public:
    static Result<Plan> of(std::string_view frames, std::uint64_t begin, std::string_view name) {
        Plan plan;
        const std::size_t step = std::max<std::size_t>(frames.size() / kSamplesMax, 1);
        std::size_t sampled = 0;
        std::size_t block = 0;
        std::size_t at = 0;
        while (at < frames.size()) {
            const auto frame = FrameView::parse(frames, at);
            if (!frame) {
                return damaged(name, begin + at, "a frame's checksum does not match");
            }
            if (at >= sampled) {
                const std::string_view sample =
                    frames.substr(at, std::min<std::size_t>(frame->bytes(), kSampleBytesMax));
                plan.samples.bytes.append(sample);
                plan.samples.sizes.push_back(sample.size());
                sampled += step;
            }
            at += frame->bytes();
            if (at - block >= kArchiveBlockBytes || at == frames.size()) {
                plan.blocks.push_back(
                    {.begin = begin + block, .raw_bytes = static_cast<std::uint32_t>(at - block)});
                block = at;
            }
        }
        return plan;
    }

    std::vector<Block> blocks;
    Samples samples;
};

// "" where there is too little to learn from.
std::string train(const Samples& samples, std::size_t bytes_max) {
    if (samples.sizes.size() < kSamplesMin || bytes_max < kDictionaryBytesMin) {
        return {};
    }
    std::string dictionary(bytes_max, '\0');
    ZDICT_fastCover_params_t parameters{};
    parameters.k = 200;
    parameters.d = 8;
    parameters.f = 20;
    parameters.accel = 1;
    parameters.zParams.compressionLevel = kLevel;
    const std::size_t bytes = ZDICT_trainFromBuffer_fastCover(
        dictionary.data(), dictionary.size(), samples.bytes.data(), samples.sizes.data(),
        static_cast<unsigned>(samples.sizes.size()), parameters);
    dictionary.resize(ZDICT_isError(bytes) != 0 ? 0 : bytes);
    return dictionary;
}

void append_compressed(std::string& out, std::string_view raw, ZSTD_CCtx* context,
                       const ZSTD_CDict* dictionary) {
    const std::size_t begin = out.size();
    out.resize(begin + ZSTD_compressBound(raw.size()));
    const std::size_t bytes = ZSTD_compress_usingCDict(
        context, out.data() + begin, out.size() - begin, raw.data(), raw.size(), dictionary);
    MB_CHECK(ZSTD_isError(bytes) == 0, "a block fits into its bound");
    out.resize(begin + bytes);
}

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// The parts of a mapped file whose lengths and checksums were verified.
struct Opened {
    std::shared_ptr<const base::Mapping> mapping;
    std::span<const Block> table;
    std::string_view blocks;
    std::shared_ptr<const ZSTD_DDict> dictionary;
    std::shared_ptr<const PastIndex> past;
};

class FileSegment final : public ArchivedSegment {
  public:
    FileSegment(base::FileSystem& files, base::Path path, const FileHeader& header,
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
    const FileHeader header_;
    const std::uint64_t file_bytes_;
    base::Mutex mutex_;
    std::shared_ptr<const Opened> opened_ MB_GUARDED_BY(mutex_);
    FrameSpan last_ MB_GUARDED_BY(mutex_);  // what was uncompressed last
    bool is_used_ MB_GUARDED_BY(mutex_) = false;
};

Result<std::shared_ptr<const Opened>> FileSegment::load() const {
    MB_TRY(const auto file, files_.open(path_, base::OpenMode::Read));
    MB_TRY(auto mapping, file->map(file_bytes_));
    std::string_view rest = mapping->bytes().substr(sizeof(FileHeader));
    const std::size_t table_bytes = header_.blocks * sizeof(Block);
    const std::size_t before_index = table_bytes + header_.dictionary_bytes + header_.blocks_bytes;
    if (rest.size() != before_index + padding(before_index) + header_.index_bytes) {
        return corrupt("it is not as long as it says");
    }
    const std::string_view known = rest.substr(0, table_bytes + header_.dictionary_bytes);
    if (XXH3_64bits(known.data(), known.size()) != header_.table_checksum) {
        return corrupt("the checksum of its table does not match");
    }
    auto opened = std::make_shared<Opened>();
    opened->table = {reinterpret_cast<const Block*>(rest.data()), header_.blocks};
    opened->blocks = rest.substr(known.size(), header_.blocks_bytes);
    const std::string_view dictionary = known.substr(table_bytes);
    if (!dictionary.empty()) {
        opened->dictionary = std::shared_ptr<const ZSTD_DDict>(
            ZSTD_createDDict(dictionary.data(), dictionary.size()),
            [](const ZSTD_DDict* made) { ZSTD_freeDDict(const_cast<ZSTD_DDict*>(made)); });
    }
    const std::string_view index = rest.substr(before_index + padding(before_index));
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
    const auto behind =
        std::upper_bound(opened->table.begin(), opened->table.end(), offset,
                         [](std::uint64_t at, const Block& block) { return at < block.begin; });
    if (behind == opened->table.begin()) {
        return corrupt("it has no block for an offset of its index");
    }
    const Block& block = *(behind - 1);
    if (block.offset > opened->blocks.size() ||
        block.bytes > opened->blocks.size() - block.offset || block.raw_bytes > kBlockBytesMax) {
        return corrupt("a block lies outside of it");
    }
    auto raw = std::make_shared<std::string>(block.raw_bytes, '\0');
    const std::unique_ptr<ZSTD_DCtx, CompressorFree> context(ZSTD_createDCtx());
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

Result<std::string> encode_archive(const ArchiveHeader& header, std::string_view frames,
                                   std::uint64_t begin, std::string_view index,
                                   std::string_view name) {
    MB_TRY(Plan plan, Plan::of(frames, begin, name));
    const std::string dictionary =
        train(plan.samples, std::min(kDictionaryBytesMax, frames.size() / kDictionaryPart));
    const std::unique_ptr<ZSTD_CCtx, CompressorFree> context(ZSTD_createCCtx());
    const std::unique_ptr<ZSTD_CDict, CompressorFree> prepared(
        ZSTD_createCDict(dictionary.data(), dictionary.size(), kLevel));
    std::string blocks;
    for (Block& block : plan.blocks) {
        block.offset = blocks.size();
        append_compressed(blocks, frames.substr(block.begin - begin, block.raw_bytes),
                          context.get(), prepared.get());
        block.bytes = static_cast<std::uint32_t>(blocks.size() - block.offset);
    }
    std::string out(sizeof(FileHeader), '\0');
    out.append(bytes_of(plan.blocks)).append(dictionary);
    FileHeader bytes{.blocks = static_cast<std::uint32_t>(plan.blocks.size()),
                     .first = header.extent.first.position(),
                     .last = header.extent.last.position(),
                     .newest_time_ms = header.newest_time_ms,
                     .used_bytes = header.extent.used_bytes,
                     .dictionary_bytes = dictionary.size(),
                     .blocks_bytes = blocks.size(),
                     .index_bytes = index.size(),
                     .table_checksum = XXH3_64bits(out.data() + sizeof(FileHeader),
                                                   out.size() - sizeof(FileHeader))};
    bytes.header_checksum = header_checksum(bytes);
    std::memcpy(out.data(), &bytes, sizeof(bytes));
    out.append(blocks);
    out.append(padding(out.size() - sizeof(FileHeader)), '\0');
    return out.append(index);
}

Result<std::shared_ptr<ArchivedSegment>> ArchivedSegment::open(base::FileSystem& files,
                                                               const base::Path& path) {
    MB_TRY(const auto file, files.open(path, base::OpenMode::Read));
    MB_TRY(const std::uint64_t size, file->size());
    FileHeader header;
    MB_TRY(const std::size_t read,
           file->read_at(0, {reinterpret_cast<char*>(&header), sizeof(header)}));
    if (read != sizeof(header) || header.magic != kMagic || header.version != kVersion ||
        header.flags != 0 || header.header_checksum != header_checksum(header) ||
        header.last < header.first) {
        return fail(Code::Corrupt, fmt::format("archive {} has a damaged header, or a newer "
                                               "version of Millbeck made it",
                                               path.native()));
    }
    return std::make_shared<FileSegment>(files, path, header, size);
}

}  // namespace millbeck::shardlog
