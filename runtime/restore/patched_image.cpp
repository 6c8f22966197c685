#include "runtime/restore/patched_image.hpp"

#include <map>
#include <string>
#include <utility>

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using base::Status;
using shardlog::ImagePage;
using shardlog::ImageRange;
using shardlog::ImageRow;
using shardlog::ItemView;
using shardlog::RecordView;
using shardlog::SequenceNumber;
using shardlog::TableImage;

// What became of an item; without a text it is gone.
struct Patch {
    std::string keys;
    std::uint32_t keys_size = 0;
    std::string item;
    std::uint32_t item_size = 0;
};
using Patches = std::map<std::string, Patch, std::less<>>;  // by row key

class PatchedImage final : public TableImage {
  public:
    PatchedImage(std::shared_ptr<const TableImage> base, Patches patches, SequenceNumber as_of)
        : base_(std::move(base)), patches_(std::move(patches)), as_of_(as_of) {}

    [[nodiscard]] SequenceNumber as_of() const override { return as_of_; }

    // A page of the base with the patches in between: it may have a few rows more than asked for.
    [[nodiscard]] Result<ImagePage> read(const ImageRange& range) const override {
        MB_TRY(ImagePage under, base_->read(range));
        ImagePage page;
        page.is_last = under.is_last;
        page.memory = under.memory;  // patches live as long as this image, which its reader holds
        const std::string_view last = under.rows.empty() ? "" : under.rows.back().row_key;
        auto patch = first_patch(range);
        const auto add_patches_before = [&](std::string_view key, bool to_the_end) {
            for (; patch != patches_.end() && (to_the_end || patch->first < key); ++patch) {
                if (shardlog::partition_hash(patch->first) > range.last_hash) {
                    return;
                }
                add(page, *patch);
            }
        };
        for (const ImageRow& row : under.rows) {
            add_patches_before(row.row_key, false);
            if (patch != patches_.end() && patch->first == row.row_key) {
                add(page, *patch++);
            } else {
                page.rows.push_back(row);
            }
        }
        if (under.is_last) {
            add_patches_before({}, true);
        } else if (page.rows.empty() || page.rows.back().row_key < last) {
            return read_behind(range, last, std::move(page));
        }
        return page;
    }

  private:
    // The last rows of the page are gone: a reader goes on behind the last row it sees, so it must
    // see one, or be given the next page with what is left of this one.
    [[nodiscard]] Result<ImagePage> read_behind(const ImageRange& range, std::string_view last,
                                                ImagePage page) const {
        ImageRange next = range;
        next.from = last;
        next.begin = ImageRange::Begin::Behind;
        MB_TRY(ImagePage more, read(next));
        page.rows.insert(page.rows.end(), more.rows.begin(), more.rows.end());
        page.is_last = more.is_last;
        page.memory = std::make_shared<
            const std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(
            std::move(page.memory), std::move(more.memory));
        return page;
    }

    [[nodiscard]] Patches::const_iterator first_patch(const ImageRange& range) const {
        auto patch = range.begin == ImageRange::Begin::At ? patches_.lower_bound(range.from)
                                                          : patches_.upper_bound(range.from);
        while (patch != patches_.end() &&
               shardlog::partition_hash(patch->first) < range.first_hash) {
            ++patch;
        }
        return patch;
    }

    static void add(ImagePage& page, const Patches::value_type& patch) {
        const Patch& now = patch.second;
        if (!now.item.empty()) {
            page.rows.push_back({patch.first, ItemView{now.keys, now.keys_size},
                                 ItemView{now.item, now.item_size}});
        }
    }

    const std::shared_ptr<const TableImage> base_;
    const Patches patches_;
    const SequenceNumber as_of_;
};

}  // namespace

Result<std::shared_ptr<const TableImage>> image_through(std::shared_ptr<const TableImage> image,
                                                        shardlog::TableId table,
                                                        const shardlog::LogHistory& history,
                                                        SequenceNumber through) {
    Patches patches;
    std::size_t bytes = 0;
    const auto note = [&](const RecordView& record) {
        bytes += record.row_key.size() + record.keys.text.size() + record.new_image.text.size();
        patches.insert_or_assign(
            std::string(record.row_key),
            Patch{std::string(record.keys.text), record.keys.size_bytes,
                  std::string(record.new_image.text), record.new_image.size_bytes});
    };
    MB_TRY_STATUS(history.scan(
        {image->as_of().next(), through}, [&](const shardlog::CommitView& commit) -> Status {
            for (const RecordView& record : commit.records) {
                if (record.table == table && record.sequence > image->as_of()) {
                    note(record);
                }
            }
            return bytes > kPatchBytesMax
                       ? Status(base::fail(Code::LimitExceeded, "too much was written meanwhile"))
                       : Status{};
        }));
    if (patches.empty()) {
        return image;
    }
    return std::shared_ptr<const TableImage>(
        std::make_shared<const PatchedImage>(std::move(image), std::move(patches), through));
}

}  // namespace millbeck::runtime
