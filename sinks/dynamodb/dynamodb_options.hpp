// What a DynamoDB sink is opened with.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "sinks/row.hpp"

namespace millbeck::sinks {

struct DynamoDbOptions {
    enum class Deletes : std::uint8_t {
        Tombstone,  // the item becomes its key with a mark, which time to live removes
        Delete,     // the item goes; a late older write could bring it back
    };

    std::string endpoint;  // http://127.0.0.1:8000, https://dynamodb.eu-central-1.amazonaws.com
    std::string table{};   // at the target; "": as here
    std::string region{};  // "": us-east-1
    // "": a made-up pair, which only local endpoints take. Never logged.
    std::string access_key_id{};
    std::string secret_access_key{};
    std::string session_token{};
    // Before the names of the attributes that this sink adds: _mb_seq, _mb_origin, ...
    std::string prefix{"_mb_"};
    // Names this side; written into every item.
    std::string origin{"millbeck"};
    // Two-way replication: the `origin` of the sink that writes the other way. What that one wrote
    // is not sent back. Needs Deletes::Tombstone, and a stream with new and old images.
    std::string peer{};
    Deletes deletes = Deletes::Tombstone;
    base::Milliseconds tombstone_life{86'400'000};  // 1 min to 365 days
    unsigned concurrency = 4;                       // batches at once; 1 to 64
    unsigned parallel = 16;                         // requests at once of one batch; 1 to 128
    base::Milliseconds connect_timeout{3'000};      // 1 ms to 1 min
    base::Milliseconds timeout{10'000};             // for one request; 1 ms to 5 min
    base::Path ca_file{};                           // PEM; empty: the system's authorities
    // Top-level attributes only: include, exclude, rename. Key attributes stay as they are.
    RowMapping mapping{};

    // Relative paths are relative to this folder (the configuration's).
    void settle_paths(const base::Path& base_folder) {
        if (!ca_file.empty()) {
            ca_file = base_folder / ca_file;
        }
    }
};

}  // namespace millbeck::sinks
