// An endless stream of changes whose result at any position is known, for tests that kill.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/sinks/batches.hpp"

namespace millbeck::sinks {

inline constexpr std::size_t kKillBatch = 20;
inline const std::string kKillGeneration = "g-1";

// How often tests kill: 5, or what MILLBECK_KILL_ROUNDS says.
inline int kill_rounds() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests read the environment, nobody writes it.
    const char* wanted = std::getenv("MILLBECK_KILL_ROUNDS");
    return wanted != nullptr ? std::atoi(wanted) : 5;
}

inline std::string kill_key(std::size_t change) {
    return "k" + std::to_string(change * 7919 % 50);
}

// Change `change` of the stream, from 1: of 50 keys; every fifth removes.
inline MadeMessage kill_change(std::size_t change) {
    const std::string id = kill_key(change);
    const bool removes = change % 5 == 0;
    return {.id = std::to_string(change),
            .key = key_of(id),
            .new_image = removes ? ""
                                 : R"({"id":{"S":")" + id + R"("},"n":{"N":")" +
                                       std::to_string(change) + R"("}})",
            .event = removes ? Event::Remove : Event::Modify};
}

// The batch after `position`, which becomes its last change.
inline Batch kill_batch(std::size_t position) {
    std::vector<MadeMessage> messages;
    for (std::size_t i = 1; i <= kKillBatch; ++i) {
        messages.push_back(kill_change(position + i));
    }
    return batch_of({.messages = std::move(messages),
                     .generation = kKillGeneration,
                     .position = std::to_string(position + kKillBatch)});
}

// `SELECT id, n FROM orders ORDER BY id` when everything up to `position` is there, once.
inline std::vector<std::string> kill_rows(std::size_t position) {
    std::map<std::string, std::size_t> rows;
    for (std::size_t change = 1; change <= position; ++change) {
        if (change % 5 == 0) {
            rows.erase(kill_key(change));
        } else {
            rows[kill_key(change)] = change;
        }
    }
    std::vector<std::string> lines;
    for (const auto& [id, n] : rows) {
        lines.push_back(id + "|" + std::to_string(n));
    }
    return lines;
}

// The counters of kKillCounters: changes, removals, sum of the numbers put.
inline constexpr const char* kKillCounters =
    "SELECT count(*), count(*) - count(new_image), coalesce(sum(CAST(sequence AS numeric)), 0) "
    "FROM orders_history";
inline std::vector<std::string> kill_counters(std::size_t position) {
    return {std::to_string(position) + "|" + std::to_string(position / 5) + "|" +
            std::to_string(position * (position + 1) / 2)};
}

}  // namespace millbeck::sinks
