// Everything a node is told: settings, tables, functions, triggers. Defaults stand beside the
// fields here and in the rooms' Options; ranges and words stand in settings.cpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/http_server.hpp"
#include "base/log.hpp"
#include "capture/table.hpp"
#include "capture/table_store.hpp"
#include "runtime/config/sink_config.hpp"
#include "runtime/trigger_manager.hpp"
#include "shardlog/shard_log.hpp"
#include "sinks/handler/handler.hpp"
#include "triggers/dead_letter_store.hpp"
#include "triggers/parking_lot.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

struct NodeSettings {
    base::HttpServerOptions http;  // `listen` sets address and port
    base::Path data = ".millbeck";
    shardlog::Identity identity;
    shardlog::LogOptions log;
    capture::StoreOptions store;
    triggers::DeadLetterOptions dead_letters;
    triggers::ParkingOptions parking;
    unsigned delivery_threads = 32;  // deliveries at once; range 1 .. 1000
    base::Milliseconds unhealthy_after{60'000};
    base::Milliseconds stop_deadline{10'000};  // for deliveries in flight; range 0 .. 15 min
    base::Milliseconds function_idle_timeout{600'000};
    std::string debug;          // the function to debug; "" for none
    bool allow_inject = false;  // people may inject faults
    base::LogLevel log_level = base::LogLevel::Info;
};

// A table in a file has a stream and is on demand unless it says otherwise.
inline capture::TableSpec fresh_table() {
    capture::TableSpec spec;
    spec.stream = shardlog::StreamViewType::NewAndOldImages;
    spec.billing = capture::BillingMode::PayPerRequest;
    return spec;
}

// `place` of each: "millbeck.yaml:12", for sentences that name it.
struct TableConfig {
    capture::TableSpec spec = fresh_table();
    base::Milliseconds stream_retention{0};  // 0: the node's
    std::string place;
};

struct FunctionConfig {
    sinks::HandlerOptions handler;  // handler.function is its name
    std::string place;
};

struct TriggerConfig {
    triggers::TriggerSpec spec;
    std::string place;
};

// What an on-failure ARN of an event source mapping stands for.
struct DestinationConfig {
    std::string arn;
    triggers::OnFailure to;
    std::string place;
};

struct Config {
    NodeSettings node;
    std::vector<TableConfig> tables;
    std::vector<FunctionConfig> functions;
    std::vector<TriggerConfig> triggers;
    std::vector<DestinationConfig> destinations;
    std::vector<SinkConfig> sinks;
};

}  // namespace millbeck::runtime
