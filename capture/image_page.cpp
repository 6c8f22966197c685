#include "capture/image_page.hpp"

#include <memory>
#include <utility>

namespace millbeck::capture {

void ImagePageBuilder::add(std::string_view row_key, const shardlog::ItemView& keys,
                           const shardlog::ItemView& item) {
    places_.push_back(
        {row_key.size(), keys.text.size(), item.text.size(), keys.size_bytes, item.size_bytes});
    bytes_.append(row_key).append(keys.text).append(item.text);
}

shardlog::ImagePage ImagePageBuilder::build() {
    shardlog::ImagePage page;
    auto memory = std::make_shared<const std::string>(std::exchange(bytes_, {}));
    std::string_view rest = *memory;
    const auto take = [&rest](std::size_t bytes) {
        return std::exchange(rest, rest.substr(bytes)).substr(0, bytes);
    };
    page.rows.reserve(places_.size());
    for (const Place& place : places_) {
        shardlog::ImageRow row;
        row.row_key = take(place.row_key);
        row.keys = {take(place.keys), place.keys_size};
        row.item = {take(place.item), place.item_size};
        page.rows.push_back(row);
    }
    places_.clear();
    page.memory = std::move(memory);
    return page;
}

}  // namespace millbeck::capture
