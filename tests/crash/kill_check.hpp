// What must hold at the end of a life of many crashes, between what was acknowledged, the stream,
// the table and what the handler wrote down.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "tests/crash/kill_ledger.hpp"
#include "tests/crash/kill_table.hpp"

namespace millbeck::tests {

// Where a run of the server took up each shard: the sequence number of the first record that was
// not acknowledged yet, by ShardId.
using Checkpoints = std::map<std::string, std::string>;

// Reads the stored checkpoints of a server that is not running, without touching its files.
Checkpoints read_checkpoints(const base::Path& data_folder, const base::Path& scratch);

struct Delivery {
    unsigned run = 0;
    std::string sequence;
    std::string key;
    Change change;
};
std::vector<Delivery> read_deliveries(const base::Path& file);

// Each throws BrokenPromise.
// The stream has exactly the changes that the ledgers hold, per key in their order.
void check_stream(const std::vector<Ledger>& ledgers, const std::vector<StreamRecord>& stream);
// The table is the fold of the stream.
void check_fold(const std::vector<Ledger>& ledgers, const std::vector<StreamRecord>& stream);
// Every record of the stream reached the handler, as it is in the stream, per key in order;
// repeated only by a later run, and only from where that run's checkpoint stood. started_at[i] is
// run i's.
void check_deliveries(const std::vector<StreamRecord>& stream,
                      const std::vector<Delivery>& deliveries,
                      const std::vector<Checkpoints>& started_at);

}  // namespace millbeck::tests
