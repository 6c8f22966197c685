// A change as the log holds it: who, where, when, what it was, what it is.
// Items are canonical DynamoDB JSON text (see item.hpp), made once and spliced from then on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::shardlog {

// Decided by capture, with the old image at hand; never guessed again.
enum class EventName : std::uint8_t { Insert = 1, Modify = 2, Remove = 3 };
std::string_view to_string(EventName name);  // "INSERT", "MODIFY", "REMOVE"

// Who made the change: a caller, or the service (time to live).
enum class Origin : std::uint8_t { User = 0, TimeToLive = 1 };

enum class StreamViewType : std::uint8_t {
    KeysOnly = 1,
    NewImage = 2,
    OldImage = 3,
    NewAndOldImages = 4
};
std::string_view to_string(StreamViewType type);  // "KEYS_ONLY", ...
std::optional<StreamViewType> parse_stream_view_type(std::string_view text);

// A canonical item (or key map) and its size by DynamoDB's rules. Empty text = absent.
struct ItemView {
    std::string_view text;
    std::uint32_t size_bytes = 0;  // known even where the text is absent, if the item existed

    [[nodiscard]] bool present() const { return !text.empty(); }
};

// What capture hands to the log; borrowed until append() returns.
struct RecordDraft {
    TableId table;
    StreamId stream = kNoStream;
    EventName event = EventName::Insert;
    Origin origin = Origin::User;
    // Order-preserving storage key, opaque to the log but for its first 8 bytes: the big-endian
    // hash of the partition key, which chooses the shard. 9..4096 bytes.
    std::string_view row_key;
    ItemView keys;
    ItemView new_image;  // absent on REMOVE
    ItemView old_image;  // text only where a stream or the history asks for it; size always
};

// One record read back. Views borrow the memory of the page or commit that holds it.
struct RecordView {
    SequenceNumber sequence;
    base::WallTime time{};
    TableId table;
    StreamId stream = kNoStream;
    ShardNumber shard;  // 0 when the table had no stream
    EventName event = EventName::Insert;
    Origin origin = Origin::User;
    std::string_view row_key;
    ItemView keys;
    ItemView new_image;
    ItemView old_image;
};

// First 8 bytes of a row key as a number. Requires: row_key.size() >= 8.
std::uint64_t partition_hash(std::string_view row_key);

}  // namespace millbeck::shardlog
