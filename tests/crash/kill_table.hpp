// The table of the kill rounds over the wire: how an item looks, what is sent, what is read back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/crash/kill_ledger.hpp"
#include "tests/support/dynamo_client.hpp"

namespace millbeck::tests {

inline constexpr const char* kKillTable = "killed";

// A record as GetRecords gave it, with the shard it came from.
struct StreamRecord {
    std::string sequence;
    std::string shard;
    std::string key;
    Change change;
};

// PutItem, DeleteItem, or BatchWriteItem for more than one; true when all of it was acknowledged,
// false when the connection broke. Throws BrokenPromise on any other answer.
bool send_operations(DynamoClient& client, const std::vector<Operation>& operations);

// The items of these keys; nothing when the connection broke. An item that is not whole (its
// padding is not that of its value) throws BrokenPromise.
std::optional<std::map<std::string, Value>> read_items(DynamoClient& client,
                                                       const std::vector<std::string>& keys);

// Everything from TRIM_HORIZON, parents before children, each shard in order.
std::vector<StreamRecord> read_whole_stream(DynamoClient& client);

}  // namespace millbeck::tests
