// What changed in a table between two of its states: the lines of an incremental export.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::runtime {

// An item that is not what it was. Views live for the call.
struct ItemChange {
    std::string_view row_key;
    shardlog::ItemView keys;
    shardlog::ItemView before;  // absent: it was not there
    shardlog::ItemView after;   // absent: it is not there any more
};

// In the order of row keys. One that came and went in between, or is again what it was, is no
// change. Memory: two pages. `before` may be null: there was nothing. Errors: Cancelled, those of
// the images and of `visit`.
base::Status visit_changes(const shardlog::TableImage* before, const shardlog::TableImage& after,
                           const std::stop_token& stop,
                           const std::function<base::Status(const ItemChange&)>& visit);

enum class OldImages : std::uint8_t { Shown, Hidden };

// `{"Metadata":{"WriteTimestampMicros":{"N":"..."}},"Keys":{...},"OldImage":{...},"NewImage":{...}}`
// and a newline. Source: Developer guide, "DynamoDB table export output format".
std::string change_line(const ItemChange& change, base::WallTime written, OldImages old_images);

}  // namespace millbeck::runtime
