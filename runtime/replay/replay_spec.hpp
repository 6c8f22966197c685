// What a replay is, how far it is, and both as a document that outlives the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/replay/replay_choice.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// Who gets the records.
struct ReplayTarget {
    enum class Kind {
        Function,  // of the configuration or the API; `name` may end in `:qualifier`
        Reader,    // whoever asks for pages; `name` is "stdout" or a file, for people
        Sink,      // of the configuration, and disabled there: nothing else is delivered to it
    };
    Kind kind = Kind::Function;
    std::string name;
    friend bool operator==(const ReplayTarget&, const ReplayTarget&) = default;
};

// Whose replies those of the target are held against.
struct ReplayCompared {
    std::string trigger;         // "": nothing is compared
    std::string function;        // that the trigger calls
    bool reports_items = false;  // replies name the records that failed
};

struct ReplaySpec {
    std::string name;  // unique among replays: letters, digits, `-`, `_`, `.`; 1..128
    std::string table;
    ReplayChoice choice;
    std::string key;                   // as it was asked for, for people; "" for any
    std::vector<std::string> filters;  // patterns; none: every record
    ReplayTarget target;
    std::uint64_t rate = 0;          // records per second over all lanes; 0: no limit
    std::uint32_t batch_size = 100;  // 1..10'000
    // After the first attempt, 0..10'000; nullopt: until the target takes it.
    std::optional<std::uint32_t> retries = 3;
    bool reports_items = false;  // replies name the records that failed
    bool bisects = false;        // a batch that failed is halved
    std::uint32_t lanes = 4;     // 1..64; never changed
    ReplayCompared compared = {};
};

enum class ReplayState { Running, Paused, Finished, Failed, Cancelled };
std::string_view to_string(ReplayState state);  // "running", ...
// It runs no more, and never will.
inline bool has_ended(ReplayState state) {
    return state == ReplayState::Finished || state == ReplayState::Cancelled;
}

// Since it was first started. After a crash they lack what was counted in its last second.
struct ReplayCounts {
    std::uint64_t records = 0;  // delivered
    std::uint64_t batches = 0;
    std::uint64_t filtered = 0;        // records that the filter dropped
    std::uint64_t failed_records = 0;  // given up, and kept as dead letters
    std::uint64_t failed_batches = 0;
    std::uint64_t same = 0;  // batches that were compared
    std::uint64_t different = 0;

    friend bool operator==(const ReplayCounts&, const ReplayCounts&) = default;
    ReplayCounts& operator+=(const ReplayCounts& more);
};

struct ReplayRecord {
    ReplaySpec spec;
    ReplayState state = ReplayState::Running;
    ReplayCounts counts;
    std::string problem;  // why it failed; "" otherwise
    std::uint32_t resumed = 0;
    base::WallTime started{};
    std::optional<base::WallTime> ended;
    // Of a reader: what it has taken ends before this position.
    std::optional<shardlog::SequenceNumber> taken;
};

std::string to_document(const ReplayRecord& record);
// Corrupt: not what to_document() makes.
base::Result<ReplayRecord> parse_document(std::string_view name, std::string_view document);

}  // namespace millbeck::runtime
