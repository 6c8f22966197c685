// What is asked of an export, and what became of it. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

enum class ExportState : std::uint8_t { InProgress = 0, Completed = 1, Failed = 2 };
enum class ExportView : std::uint8_t { NewImage = 0, NewAndOldImages = 1 };

// What a caller asks for, as it was asked for.
struct ExportWish {
    shardlog::TableName table;
    std::string token;  // ClientToken; "": none
    std::string bucket;
    std::string bucket_owner;
    std::string prefix;
    std::string encryption;  // S3SseAlgorithm; "": none given
    std::string encryption_key;
    std::optional<base::WallTime> time = {};  // ExportTime
    struct Increment {
        base::WallTime from{};                  // inclusive
        std::optional<base::WallTime> to = {};  // exclusive
        ExportView view = ExportView::NewAndOldImages;
        friend bool operator==(const Increment&, const Increment&) = default;
    };
    std::optional<Increment> increment = {};  // absent: a full export
    friend bool operator==(const ExportWish&, const ExportWish&) = default;
};

struct Export {
    std::string id;  // see make_export_id; they sort by the time of the call
    ExportWish wish;
    std::string table_uuid;
    ExportState state = ExportState::InProgress;
    base::WallTime started{};
    base::WallTime as_of{};  // ExportTime, or ExportToTime
    std::optional<base::WallTime> ended = {};
    std::string failure_code = {};
    std::string failure = {};
    std::uint64_t items = 0;
    std::uint64_t bytes = 0;
    std::string manifest_key = {};
};

}  // namespace millbeck::runtime
