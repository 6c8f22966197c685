#include "shardlog/record.hpp"

#include <array>

#include "base/result.hpp"

namespace millbeck::shardlog {
namespace {

constexpr std::array kViewTypes{StreamViewType::KeysOnly, StreamViewType::NewImage,
                                StreamViewType::OldImage, StreamViewType::NewAndOldImages};

}  // namespace

std::string_view to_string(EventName name) {
    switch (name) {
        case EventName::Insert:
            return "INSERT";
        case EventName::Modify:
            return "MODIFY";
        case EventName::Remove:
            return "REMOVE";
    }
    return "";
}

std::string_view to_string(StreamViewType type) {
    switch (type) {
        case StreamViewType::KeysOnly:
            return "KEYS_ONLY";
        case StreamViewType::NewImage:
            return "NEW_IMAGE";
        case StreamViewType::OldImage:
            return "OLD_IMAGE";
        case StreamViewType::NewAndOldImages:
            return "NEW_AND_OLD_IMAGES";
    }
    return "";
}

std::optional<StreamViewType> parse_stream_view_type(std::string_view text) {
    for (const StreamViewType type : kViewTypes) {
        if (to_string(type) == text) {
            return type;
        }
    }
    return std::nullopt;
}

std::uint64_t partition_hash(std::string_view row_key) {
    MB_CHECK(row_key.size() >= 8, "a row key begins with the hash of its partition key");
    std::uint64_t hash = 0;
    for (const char c : row_key.substr(0, 8)) {
        hash = (hash << 8) | static_cast<unsigned char>(c);
    }
    return hash;
}

}  // namespace millbeck::shardlog
