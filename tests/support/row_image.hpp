// The image of a table that is nowhere but in a test.
#pragma once

#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "shardlog/table_image.hpp"

namespace millbeck::tests {

// A row key is 8 bytes of hash and a name; what a row has beside it is up to the test.
struct ImageItem {
    std::string keys;
    std::string item;
};
using ImageItems = std::map<std::string, ImageItem>;

inline std::string row_key_of(const std::string& name, unsigned char hash) {
    std::string key(sizeof(std::uint64_t), '\0');
    key.front() = static_cast<char>(hash);
    return key + name;
}

class RowImage final : public shardlog::TableImage {
  public:
    explicit RowImage(ImageItems rows, std::uint64_t as_of = 7)
        : rows_(std::move(rows)), as_of_(as_of) {}

    [[nodiscard]] shardlog::SequenceNumber as_of() const override {
        return shardlog::SequenceNumber{as_of_};
    }

    [[nodiscard]] base::Result<shardlog::ImagePage> read(
        const shardlog::ImageRange& range) const override {
        shardlog::ImagePage page;
        std::size_t bytes = 0;
        const std::string from(range.from);
        const bool at = range.begin == shardlog::ImageRange::Begin::At;
        for (auto row = at ? rows_.lower_bound(from) : rows_.upper_bound(from); row != rows_.end();
             ++row) {
            if (shardlog::partition_hash(row->first) < range.first_hash) {
                continue;
            }
            if (shardlog::partition_hash(row->first) > range.last_hash) {
                break;
            }
            bytes += row->second.item.size();
            if (page.rows.size() >= range.rows_max ||
                (!page.rows.empty() && bytes > range.bytes_max)) {
                return page;
            }
            page.rows.push_back(
                {row->first,
                 {row->second.keys, static_cast<std::uint32_t>(row->second.keys.size())},
                 {row->second.item, static_cast<std::uint32_t>(row->second.item.size())}});
        }
        page.is_last = true;
        return page;
    }

  private:
    const ImageItems rows_;
    const std::uint64_t as_of_;
};

// All rows of an image, read in pages of this size.
inline ImageItems rows_of(const shardlog::TableImage& image, shardlog::ImageRange range) {
    ImageItems found;
    std::string from(range.from);
    while (true) {
        range.from = from;
        const auto page = image.read(range);
        EXPECT_TRUE(page) << page.error().message;
        if (!page) {
            return found;
        }
        for (const auto& row : page->rows) {
            EXPECT_TRUE(from.empty() || row.row_key > from ||
                        range.begin == shardlog::ImageRange::Begin::At);
            from = row.row_key;
            found[from] = {std::string(row.keys.text), std::string(row.item.text)};
        }
        range.begin = shardlog::ImageRange::Begin::Behind;
        if (page->is_last) {
            return found;
        }
    }
}

inline bool operator==(const ImageItem& a, const ImageItem& b) {
    return a.keys == b.keys && a.item == b.item;
}

}  // namespace millbeck::tests
