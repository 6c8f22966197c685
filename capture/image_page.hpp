// Builds a page of a table's image.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shardlog/table_image.hpp"

namespace millbeck::capture {

// Rows one after the other; what they point to is settled when all are there.
class ImagePageBuilder {
  public:
    void add(std::string_view row_key, const shardlog::ItemView& keys,
             const shardlog::ItemView& item);

    [[nodiscard]] std::size_t rows() const { return places_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

    // A page that owns what it shows. Leaves the builder empty.
    shardlog::ImagePage build();

  private:
    struct Place {
        std::size_t row_key, keys, item;
        std::uint32_t keys_size, item_size;
    };
    std::string bytes_;
    std::vector<Place> places_;
};

}  // namespace millbeck::capture
