// The wire: one port, everything a client may send. Routes parse, call one door, format; no logic.
//   POST / with X-Amz-Target          DynamoDB_20120810.*, DynamoDBStreams_20120810.*
//   GET  /                            "healthy: <host> "
//   GET  /health/live, /health/ready  is it up; is everything that was written delivered
//   GET  /metrics                     Prometheus text
//   *    /_millbeck/v1/...            what the command line uses (see admin_routes.hpp)
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/http_server.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "capture/table_store.hpp"
#include "runtime/trigger_manager.hpp"
#include "shardlog/shard_log.hpp"
#include "triggers/dead_letter_store.hpp"
#include "triggers/parking_lot.hpp"

namespace millbeck::runtime::lambda {
class DocumentStore;
class FunctionRegistry;
class InvokeCalls;
class MappingRegistry;
}  // namespace millbeck::runtime::lambda

namespace millbeck::runtime {

class DestinationTable;
struct Injection;
class LogAdmin;
class Redriver;
class SinkRegistry;
class TableBackups;
class TableExports;
class TableRestores;

// What the node tells about itself; tests may leave it out.
struct NodeInfo {
    std::string version;
    std::string data_folder;
    base::WallTime started{};
    std::stop_token stopping;  // requested: long polls answer now
};

// Borrowed for the Api's life.
struct ApiContext {
    capture::TableStore& store;
    shardlog::ShardLog& log;
    TriggerManager& triggers;
    triggers::DeadLetterStore& dead_letters;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    shardlog::Identity identity = {};
    NodeInfo node = {};
    lambda::FunctionRegistry* functions = nullptr;   // without it Lambda's API knows no functions
    lambda::DocumentStore* documents = nullptr;      // without it IAM's calls are unknown
    lambda::MappingRegistry* mappings = nullptr;     // without it those on mappings are unknown
    lambda::InvokeCalls* invokes = nullptr;          // without it none can be called
    triggers::ParkingLot* parking = nullptr;         // without it nothing is parked
    SinkRegistry* sinks = nullptr;                   // without it there are none
    Redriver* redriver = nullptr;                    // without it no dead letter is sent again
    LogAdmin* log_admin = nullptr;                   // without it nobody is told of the log's files
    TableRestores* restores = nullptr;               // without it nothing is restored
    TableBackups* backups = nullptr;                 // without it nothing is backed up
    TableExports* exports = nullptr;                 // without it nothing is exported
    const DestinationTable* destinations = nullptr;  // without it ARNs stand for nothing
    Injection* injection = nullptr;                  // without it no fault is injected
};

// Threads: handle() by any number of connection threads; it never blocks on a disk sync.
class Api {
  public:
    static std::unique_ptr<Api> create(ApiContext context);
    virtual ~Api() = default;
    virtual void handle(const base::HttpRequest& request, base::Responder respond) = 0;
};

}  // namespace millbeck::runtime
