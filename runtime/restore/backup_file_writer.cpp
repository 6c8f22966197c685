#include <limits>
#include <string>
#include <utility>

#include <zstd.h>

#include "runtime/restore/backup_file.hpp"
#include "runtime/restore/backup_format.hpp"
#include "runtime/restore/room_on_disk.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using base::Status;
using shardlog::ImageRow;
using namespace backup_format;

constexpr int kLevel = 3;  // zstd's own choice: about 300 MB/s
constexpr std::size_t kPageRows = 4'096;

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

class Writer {
  public:
    Writer(base::File& file, RoomOnDisk room, const std::stop_token& stop)
        : file_(file), room_(std::move(room)), stop_(stop), context_(ZSTD_createCCtx()) {
        MB_CHECK(context_ != nullptr, "zstd has no memory");
    }

    Result<BackupTotals> write(const shardlog::TableImage& image) {
        std::string header;
        append(header, Header{});
        MB_TRY_STATUS(put(header));
        MB_TRY_STATUS(add_rows(image));
        const std::uint64_t index_at = offset_;
        MB_TRY_STATUS(put_block(index_));
        Trailer trailer{.index_offset = index_at,
                        .rows = static_cast<std::uint64_t>(totals_.rows),
                        .as_of = image.as_of().position()};
        trailer.checksum = checksum_of(trailer);
        std::string end;
        append(end, trailer);
        MB_TRY_STATUS(put(end));
        return totals_;
    }

  private:
    Status add_rows(const shardlog::TableImage& image) {
        std::string from;
        for (bool last = false; !last;) {
            MB_TRY(const auto page, image.read({.last_hash = kEveryHash,
                                                .from = from,
                                                .rows_max = kPageRows,
                                                .bytes_max = kBlockBytes}));
            last = page.is_last;
            for (const ImageRow& row : page.rows) {
                MB_TRY_STATUS(add(row));
            }
            if (!page.rows.empty()) {
                from = page.rows.back().row_key;
            }
            if (stop_.stop_requested()) {
                return base::fail(Code::Cancelled, "stopped before all rows were written");
            }
        }
        return rows_.empty() ? Status{} : end_block();
    }

    Status add(const ImageRow& row) {
        if (rows_.empty()) {
            append(index_, offset_);
            append(index_, static_cast<std::uint32_t>(row.row_key.size()));
            index_.append(row.row_key);
        }
        append(rows_, RowHeader{.key_bytes = static_cast<std::uint32_t>(row.row_key.size()),
                                .keys_bytes = static_cast<std::uint32_t>(row.keys.text.size()),
                                .item_bytes = static_cast<std::uint32_t>(row.item.text.size()),
                                .keys_size = row.keys.size_bytes,
                                .item_size = row.item.size_bytes});
        rows_.append(row.row_key).append(row.keys.text).append(row.item.text);
        ++totals_.rows;
        totals_.bytes += row.item.size_bytes;
        return rows_.size() >= kBlockBytes ? end_block() : Status{};
    }

    Status end_block() {
        MB_TRY_STATUS(put_block(rows_));
        rows_.clear();
        return {};
    }

    Status put_block(std::string_view raw) {
        packed_.resize(ZSTD_compressBound(raw.size()));
        const std::size_t bytes = ZSTD_compressCCtx(context_.get(), packed_.data(), packed_.size(),
                                                    raw.data(), raw.size(), kLevel);
        MB_CHECK(ZSTD_isError(bytes) == 0, "a block fits into its bound");
        packed_.resize(bytes);
        const auto raw_bytes = static_cast<std::uint32_t>(raw.size());
        std::string block;
        append(block, BlockHeader{static_cast<std::uint32_t>(bytes), raw_bytes,
                                  checksum_of(raw_bytes, packed_)});
        block += packed_;
        return put(block);
    }

    Status put(std::string_view bytes) {
        MB_TRY_STATUS(room_.take(bytes.size()));
        MB_TRY_STATUS(file_.write_at(offset_, bytes));
        offset_ += bytes.size();
        return {};
    }

    static constexpr std::uint64_t kEveryHash = std::numeric_limits<std::uint64_t>::max();

    base::File& file_;
    RoomOnDisk room_;
    const std::stop_token& stop_;
    std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
    std::uint64_t offset_ = 0;
    std::string rows_;  // of the block at work
    std::string index_;
    std::string packed_;
    BackupTotals totals_;
};

}  // namespace

Result<BackupTotals> write_backup_file(base::FileSystem& files, const base::Path& path,
                                       const shardlog::TableImage& image,
                                       const std::stop_token& stop) {
    base::Path part = path;
    part += ".part";
    MB_TRY_STATUS(files.remove(part));
    const auto write = [&]() -> Result<BackupTotals> {
        MB_TRY(const auto file, files.open(part, base::OpenMode::Create));
        MB_TRY(const BackupTotals totals,
               Writer(*file, RoomOnDisk(files, path.parent_path()), stop).write(image));
        MB_TRY_STATUS(file->sync_data());
        MB_TRY_STATUS(files.rename(part, path));
        MB_TRY_STATUS(files.sync_folder(path.parent_path()));
        return totals;
    };
    auto written = write();
    if (!written) {
        static_cast<void>(files.remove(part));  // the next start does it, else
    }
    return written;
}

}  // namespace millbeck::runtime
