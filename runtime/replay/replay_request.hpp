// What somebody asks to be replayed, and what that is in positions, keys and patterns.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/replay/replay_spec.hpp"
#include "runtime/trigger_manager.hpp"
#include "shardlog/shard_log.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {

// As JSON: {"table","from","to","key","filters","failed","into","name","rate","batch_size",
// "retries","compare"}; only the table has to be there, and `into` where something is begun.
struct ReplayRequest {
    std::string table;
    std::string from = "start";  // "start", a sequence number, how long ago, an instant
    std::string to = "now";      // "now", or as `from`
    // Words as in runtime/api/key_words.hpp; of a table with a sort key one word may be the
    // partition alone. None: any.
    std::vector<std::string> key = {};
    std::vector<std::string> filters = {};
    std::string failed = {};  // only records among the dead letters of this trigger
    std::string into = {};    // a function, a sink, "stdout", "file:PATH"
    // A trigger of this table: its function gets the same batches, and the replies are compared.
    std::string compare = {};
    std::string name = {};
    std::uint64_t rate = 0;        // 0..10'000'000
    std::uint32_t batch_size = 0;  // 0: as the trigger of the function has it, else 100
    // 0..10'000. Unset: 3 of a function; a sink gets a batch until it takes it.
    std::optional<std::uint32_t> retries = {};
};

// Invalid: not of this form; says which member.
base::Result<ReplayRequest> parse_replay_request(std::string_view body);

// Borrowed for the call.
struct ReplayPlaces {
    const capture::TableStore& store;
    const shardlog::ShardLog& log;
    triggers::DeadLetterStore& dead_letters;
    const base::Clock& clock;
};

// Records that `failed` may choose.
inline constexpr std::size_t kFailedRecordsMax = 1'000'000;

// Which records are meant. Errors: NotFound (the table), Invalid (one sentence), Trimmed (the log
// does not reach back so far: from which moment on it does), LimitExceeded (kFailedRecordsMax).
base::Result<ReplayChoice> resolve_choice(const ReplayPlaces& places, const ReplayRequest& request);

// Which function and sink names there are.
struct ReplayNames {
    std::function<bool(const std::string&)> is_function;
    std::function<bool(const std::string&)> is_sink;
    const TriggerManager& triggers;
};

// All of it but name and lanes. A function is called as its trigger on this table calls it: batch
// size, item failures, halving; one that is compared as the other's trigger does it, with its
// filter. A sink gets what its own filter lets through, unless the request has filters. Errors
// besides: NotFound (nobody of this name takes records).
base::Result<ReplaySpec> resolve_replay(const ReplayPlaces& places, const ReplayNames& names,
                                        const ReplayRequest& request);

}  // namespace millbeck::runtime
