// Everything a node consists of, in the order it is opened in. Internal to node.cpp, node_store.cpp
// and node_delivery.cpp.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/random.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/replay_routes.hpp"
#include "runtime/destination_table.hpp"
#include "runtime/failure_routes.hpp"
#include "runtime/function_output.hpp"
#include "runtime/inject/injection.hpp"
#include "runtime/lambda/document_store.hpp"
#include "runtime/lambda/function_registry.hpp"
#include "runtime/lambda/invoke_calls.hpp"
#include "runtime/lambda/mapping_registry.hpp"
#include "runtime/log_admin.hpp"
#include "runtime/node.hpp"
#include "runtime/node_threads.hpp"
#include "runtime/redrive/redriver.hpp"
#include "runtime/replay/replay_registry.hpp"
#include "runtime/restore/table_backups.hpp"
#include "runtime/restore/table_exports.hpp"
#include "runtime/restore/table_restores.hpp"
#include "runtime/sink_registry.hpp"
#include "runtime/trigger_manager.hpp"
#include "sinks/handler/output_pump.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {

// Members in the order of opening; destroyed from the front door to the back.
class RunningNode final : public Node {
  public:
    RunningNode(const Config& config, NodeHooks hooks);
    ~RunningNode() override { stop(); }
    RunningNode(const RunningNode&) = delete;
    RunningNode& operator=(const RunningNode&) = delete;

    // Errors: of everything that is opened; what was opened is undone by stop().
    base::Status open();

    [[nodiscard]] std::string endpoint() const override;
    void stop() override;

  private:
    base::Status check_fresh_folder();
    base::Status open_http();
    base::Status open_store();
    base::Status open_backups();
    base::Status open_functions();
    DestinationContext destination_context();
    base::Status open_failures();
    base::Status open_invokes();
    base::Status open_triggers();
    base::Status open_mappings();
    base::Status open_replays();
    void open_api();
    void allow_inject();
    // For who reads streams: with what people injected.
    shardlog::ShardLog& streams_log() {
        return injection_ ? static_cast<shardlog::ShardLog&>(injection_->log) : *log_;
    }
    [[nodiscard]] FaultPlan* faults() { return injection_ ? &injection_->plan : nullptr; }
    [[nodiscard]] base::Milliseconds left_until(base::Instant deadline) const;

    const Config config_;
    FunctionOutput output_;
    NodeHooks hooks_;
    base::SystemClock clock_;
    std::unique_ptr<base::Random> random_ = base::system_random();
    base::Metrics metrics_;
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
    std::stop_source stopping_;

    std::unique_ptr<base::FolderLock> lock_;
    std::unique_ptr<shardlog::ShardLog> log_;
    std::optional<Injection> injection_;  // only where allow_inject is set
    std::unique_ptr<capture::TableStore> store_;
    std::unique_ptr<LogAdmin> log_admin_;
    std::optional<CommitterThread> committer_;
    std::optional<MaintenanceThread> maintenance_;
    std::unique_ptr<triggers::CheckpointStore> checkpoints_;
    std::unique_ptr<triggers::DeadLetterStore> dead_letters_;
    std::unique_ptr<triggers::ParkingLot> parking_;
    std::unique_ptr<FailureRoutes> failures_;
    std::unique_ptr<DestinationTable> destinations_;
    std::unique_ptr<sinks::OutputPump> pump_;
    std::jthread pump_thread_;
    std::unique_ptr<lambda::FunctionRegistry> functions_;
    std::unique_ptr<lambda::InvokeCalls> invokes_;
    std::unique_ptr<TriggerManager> triggers_;
    std::unique_ptr<lambda::DocumentStore> documents_;
    std::unique_ptr<lambda::MappingRegistry> mappings_;
    std::unique_ptr<SinkRegistry> sinks_;
    std::unique_ptr<Redriver> redriver_;
    std::unique_ptr<TableBackups> backups_;
    std::unique_ptr<TableExports> exports_;
    std::unique_ptr<TableRestores> restores_;
    std::unique_ptr<ReplayRegistry> replays_;
    std::unique_ptr<ReplayRoutes> replay_routes_;
    std::unique_ptr<Api> api_;
    std::unique_ptr<base::HttpServer> http_;
    bool serving_ = false;
};

}  // namespace millbeck::runtime
