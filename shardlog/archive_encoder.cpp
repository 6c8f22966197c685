// Compresses a segment into an archive file. See archive_file.hpp.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

// For the trainer that takes its parameters as given. NOLINTNEXTLINE(readability-identifier-naming)
#define ZDICT_STATIC_LINKING_ONLY
#include <zdict.h>
#include <zstd.h>

#include "shardlog/archive_file.hpp"
#include "shardlog/archive_format.hpp"
#include "shardlog/frame.hpp"
#include "shardlog/segment.hpp"

namespace millbeck::shardlog {
namespace {

using base::Result;

constexpr int kLevel = 5;
constexpr int kLevelSmall = 15;
// A segment's dictionary is a small part of it.
constexpr std::size_t kDictionaryBytesMax = 64u << 10;
constexpr std::size_t kDictionaryBytesMin = 1u << 10;
constexpr std::size_t kDictionaryPart = 128;
// The dictionary is made of so many records, evenly chosen.
constexpr std::size_t kSamplesMax = 4'000;
constexpr std::size_t kSampleBytesMax = 1u << 10;
constexpr std::size_t kSamplesMin = 50;

struct CompressorFree {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
};

// Bytes of records, one after the other, and how long each is.
struct Samples {
    std::string bytes;
    std::vector<std::size_t> sizes;
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

    std::vector<ArchiveBlock> blocks;
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

}  // namespace

Result<std::string> encode_archive(const ArchiveHeader& header, std::string_view frames,
                                   std::uint64_t begin, std::string_view index,
                                   std::string_view name) {
    MB_TRY(Plan plan, Plan::of(frames, begin, name));
    const std::string dictionary =
        train(plan.samples, std::min(kDictionaryBytesMax, frames.size() / kDictionaryPart));
    const std::unique_ptr<ZSTD_CCtx, CompressorFree> context(ZSTD_createCCtx());
    const bool is_small = header.compression == Compression::Small;
    const std::unique_ptr<ZSTD_CDict, CompressorFree> prepared(
        ZSTD_createCDict(dictionary.data(), dictionary.size(), is_small ? kLevelSmall : kLevel));
    std::string blocks;
    for (ArchiveBlock& block : plan.blocks) {
        block.offset = blocks.size();
        append_compressed(blocks, frames.substr(block.begin - begin, block.raw_bytes),
                          context.get(), prepared.get());
        block.bytes = static_cast<std::uint32_t>(blocks.size() - block.offset);
    }
    std::string out(sizeof(ArchiveFileHeader), '\0');
    out.append(bytes_of(plan.blocks)).append(dictionary);
    ArchiveFileHeader bytes{.flags = is_small ? kArchiveSmall : std::uint16_t{0},
                            .blocks = static_cast<std::uint32_t>(plan.blocks.size()),
                            .first = header.extent.first.position(),
                            .last = header.extent.last.position(),
                            .newest_time_ms = header.newest_time_ms,
                            .used_bytes = header.extent.used_bytes,
                            .dictionary_bytes = dictionary.size(),
                            .blocks_bytes = blocks.size(),
                            .index_bytes = index.size(),
                            .table_checksum = XXH3_64bits(out.data() + sizeof(ArchiveFileHeader),
                                                          out.size() - sizeof(ArchiveFileHeader))};
    bytes.header_checksum = header_checksum(bytes);
    std::memcpy(out.data(), &bytes, sizeof(bytes));
    out.append(blocks);
    out.append(padding_behind(out.size() - sizeof(ArchiveFileHeader)), '\0');
    return out.append(index);
}

}  // namespace millbeck::shardlog
