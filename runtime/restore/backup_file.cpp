#include "runtime/restore/backup_file.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <zstd.h>

#include "runtime/restore/backup_format.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using base::Status;
using shardlog::ImagePage;
using shardlog::ImageRange;
using shardlog::ImageRow;
using namespace backup_format;

struct Block {
    std::uint64_t offset = 0;
    std::string first_key;
};

class BackupImage final : public shardlog::TableImage {
  public:
    BackupImage(std::unique_ptr<base::File> file, base::Path path)
        : file_(std::move(file)), path_(std::move(path)) {}

    Status open() {
        MB_TRY(const std::uint64_t size, file_->size());
        if (size < sizeof(Header) + sizeof(Trailer)) {
            return corrupt("it is too short");
        }
        MB_TRY(const std::string begin, bytes_at(0, sizeof(Header)));
        const auto header = get<Header>(begin);
        if (header.magic != kMagic || header.version != kVersion || header.zero != 0) {
            return corrupt("it does not begin as one");
        }
        const std::uint64_t trailer_at = size - sizeof(Trailer);
        MB_TRY(const std::string end, bytes_at(trailer_at, sizeof(Trailer)));
        trailer_ = get<Trailer>(end);
        if (trailer_.magic != kMagic || trailer_.checksum != checksum_of(trailer_) ||
            trailer_.index_offset >= trailer_at) {
            return corrupt("it does not end as one");
        }
        MB_TRY(const std::string index, block_at(trailer_.index_offset, kIndexBytesMax));
        return parse_index(index);
    }

    [[nodiscard]] shardlog::SequenceNumber as_of() const override {
        return shardlog::SequenceNumber{trailer_.as_of};
    }

    // A page ends with its block at the latest.
    [[nodiscard]] Result<ImagePage> read(const ImageRange& range) const override {
        for (std::size_t block = block_of(range.from);; ++block) {
            if (block >= blocks_.size() || is_behind(range, blocks_[block].first_key)) {
                ImagePage nothing;
                nothing.is_last = true;
                return nothing;
            }
            MB_TRY(ImagePage page, page_of(block, range));
            if (page.is_last || !page.rows.empty()) {
                return page;
            }
        }
    }

  private:
    [[nodiscard]] tl::unexpected<base::Error> corrupt(std::string_view why) const {
        return base::fail(Code::Corrupt, fmt::format("the file of a backup {} is damaged: {}",
                                                     path_.native(), why));
    }

    static bool is_behind(const ImageRange& range, std::string_view row_key) {
        return shardlog::partition_hash(row_key) > range.last_hash;
    }

    // The last one that begins at or before the key.
    [[nodiscard]] std::size_t block_of(std::string_view key) const {
        const auto after = std::ranges::upper_bound(blocks_, key, std::less<>(), &Block::first_key);
        const auto number = static_cast<std::size_t>(after - blocks_.begin());
        return number == 0 ? 0 : number - 1;
    }

    [[nodiscard]] Result<std::string> bytes_at(std::uint64_t offset, std::size_t bytes) const {
        std::string read(bytes, '\0');
        MB_TRY(const std::size_t got, file_->read_at(offset, read));
        if (got != bytes) {
            return corrupt("it ends too early");
        }
        return read;
    }

    [[nodiscard]] Result<std::string> block_at(std::uint64_t offset, std::size_t most) const {
        MB_TRY(const std::string begin, bytes_at(offset, sizeof(BlockHeader)));
        const auto header = get<BlockHeader>(begin);
        if (header.raw_bytes > most || header.bytes > ZSTD_compressBound(most)) {
            return corrupt(fmt::format("no block is at {}", offset));
        }
        MB_TRY(const std::string packed, bytes_at(offset + sizeof(BlockHeader), header.bytes));
        if (checksum_of(header.raw_bytes, packed) != header.checksum) {
            return corrupt(fmt::format("the checksum of the block at {} does not match", offset));
        }
        std::string raw(header.raw_bytes, '\0');
        const std::size_t bytes =
            ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size());
        if (ZSTD_isError(bytes) != 0 || bytes != raw.size()) {
            return corrupt(fmt::format("the block at {} does not unpack", offset));
        }
        return raw;
    }

    Status parse_index(std::string_view index) {
        constexpr std::size_t kFixed = sizeof(std::uint64_t) + sizeof(std::uint32_t);
        while (!index.empty()) {
            const auto key_bytes =
                index.size() < kFixed ? 0 : get<std::uint32_t>(index.substr(sizeof(std::uint64_t)));
            if (key_bytes < sizeof(std::uint64_t) || index.size() - kFixed < key_bytes) {
                return corrupt("its index is");
            }
            blocks_.push_back(
                {get<std::uint64_t>(index), std::string(index.substr(kFixed, key_bytes))});
            index.remove_prefix(kFixed + key_bytes);
        }
        return {};
    }

    [[nodiscard]] Result<ImagePage> page_of(std::size_t number, const ImageRange& range) const {
        MB_TRY(std::string raw, block_at(blocks_[number].offset, kBlockBytesMax));
        const auto memory = std::make_shared<const std::string>(std::move(raw));
        ImagePage page;
        page.memory = memory;
        std::size_t bytes = 0;
        for (std::string_view rest = *memory; !rest.empty();) {
            MB_TRY(const ImageRow row, next_row(rest));
            if (is_behind(range, row.row_key)) {
                page.is_last = true;
                return page;
            }
            const bool begun = range.begin == ImageRange::Begin::At ? row.row_key >= range.from
                                                                    : row.row_key > range.from;
            if (!begun || shardlog::partition_hash(row.row_key) < range.first_hash) {
                continue;
            }
            bytes += row.item.text.size();
            if (page.rows.size() >= range.rows_max ||
                (!page.rows.empty() && bytes > range.bytes_max)) {
                return page;
            }
            page.rows.push_back(row);
        }
        page.is_last = number + 1 == blocks_.size();
        return page;
    }

    [[nodiscard]] Result<ImageRow> next_row(std::string_view& rest) const {
        if (rest.size() < sizeof(RowHeader)) {
            return corrupt("a row is cut");
        }
        const auto header = get<RowHeader>(rest);
        rest.remove_prefix(sizeof(RowHeader));
        const std::uint64_t bytes =
            std::uint64_t{header.key_bytes} + header.keys_bytes + header.item_bytes;
        if (header.key_bytes < sizeof(std::uint64_t) || rest.size() < bytes) {
            return corrupt("a row is cut");
        }
        const auto take = [&](std::size_t count) {
            const std::string_view taken = rest.substr(0, count);
            rest.remove_prefix(count);
            return taken;
        };
        ImageRow row;
        row.row_key = take(header.key_bytes);
        row.keys = {take(header.keys_bytes), header.keys_size};
        row.item = {take(header.item_bytes), header.item_size};
        return row;
    }

    const std::unique_ptr<base::File> file_;
    const base::Path path_;
    Trailer trailer_;
    std::vector<Block> blocks_;
};

}  // namespace

Result<std::shared_ptr<const shardlog::TableImage>> open_backup_file(base::FileSystem& files,
                                                                     const base::Path& path) {
    auto file = files.open(path, base::OpenMode::Read);
    if (!file && file.error().code == Code::NotFound) {
        return base::fail(Code::Corrupt,
                          fmt::format("the file of a backup {} is gone", path.native()));
    }
    if (!file) {
        return tl::unexpected(std::move(file).error());
    }
    auto image = std::make_shared<BackupImage>(std::move(*file), path);
    MB_TRY_STATUS(image->open());
    return std::shared_ptr<const shardlog::TableImage>(std::move(image));
}

}  // namespace millbeck::runtime
