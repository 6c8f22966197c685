#include "runtime/node.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/random.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/replay_routes.hpp"
#include "runtime/config/load.hpp"
#include "runtime/destination_table.hpp"
#include "runtime/failure_destinations.hpp"
#include "runtime/failure_routes.hpp"
#include "runtime/function_output.hpp"
#include "runtime/lambda/document_store.hpp"
#include "runtime/lambda/function_calls.hpp"
#include "runtime/lambda/function_registry.hpp"
#include "runtime/lambda/invoke_calls.hpp"
#include "runtime/lambda/mapping_registry.hpp"
#include "runtime/log_admin.hpp"
#include "runtime/node_folder.hpp"
#include "runtime/node_tables.hpp"
#include "runtime/node_threads.hpp"
#include "runtime/redrive/redriver.hpp"
#include "runtime/replay/replay_functions.hpp"
#include "runtime/replay/replay_registry.hpp"
#include "runtime/restore/table_restores.hpp"
#include "runtime/sink_registry.hpp"
#include "runtime/trigger_manager.hpp"
#include "runtime/version.hpp"
#include "sinks/handler/output_pump.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Error;
using base::Milliseconds;
using base::Result;
using base::Status;

namespace {

constexpr int kExitEnvironment = 3;

[[noreturn]] void end_process(const Error& error) {
    base::log(base::LogLevel::Error, "runtime",
              "stopped: writes can no longer be made durable; start again to recover",
              {{"error", error.message}});
    ::_exit(kExitEnvironment);
}

void log_stderr_line(std::string_view function, std::string_view line) {
    base::log(base::LogLevel::Info, "handler", line, {{"function", function}});
}

// Members in the order of opening; destroyed from the front door to the back.
class RunningNode final : public Node {
  public:
    RunningNode(const Config& config, NodeHooks hooks) : config_(config), hooks_(std::move(hooks)) {
        if (!hooks_.on_stderr) {
            hooks_.on_stderr = log_stderr_line;
        }
        hooks_.on_stderr = [this, told = hooks_.on_stderr](std::string_view function,
                                                           std::string_view line) {
            output_.add(function, line);
            told(function, line);
        };
        if (!hooks_.on_fatal) {
            hooks_.on_fatal = end_process;
        }
    }
    ~RunningNode() override { stop(); }
    RunningNode(const RunningNode&) = delete;
    RunningNode& operator=(const RunningNode&) = delete;

    Status open() {
        MB_TRY_STATUS(check_executables(config_));
        MB_TRY_STATUS(check_fresh_folder());
        MB_TRY(lock_, open_data_folder(*files_, config_.node.data));
        MB_TRY_STATUS(open_http());
        MB_TRY_STATUS(open_store());
        MB_TRY_STATUS(ensure_tables(*store_, config_));
        MB_TRY_STATUS(check_trigger_tables(*store_, config_));
        MB_TRY_STATUS(open_functions());
        MB_TRY_STATUS(open_triggers());
        open_api();
        return {};
    }

    [[nodiscard]] std::string endpoint() const override {
        const std::string& address = config_.node.http.address;
        const bool is_v6 = address.find(':') != std::string::npos;
        return fmt::format("http://{}{}{}:{}", is_v6 ? "[" : "", address, is_v6 ? "]" : "",
                           http_->port());
    }

    void stop() override;

  private:
    Status check_fresh_folder();
    Status open_http();
    Status open_store();
    Status open_functions();
    DestinationContext destination_context();
    Status open_failures();
    Status open_invokes();
    Status open_triggers();
    Status open_mappings();
    Status open_replays();
    void open_api();
    [[nodiscard]] Milliseconds left_until(base::Instant deadline) const;

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
    std::unique_ptr<TableRestores> restores_;
    std::unique_ptr<ReplayRegistry> replays_;
    std::unique_ptr<ReplayRoutes> replay_routes_;
    std::unique_ptr<Api> api_;
    std::unique_ptr<base::HttpServer> http_;
    bool serving_ = false;
};

// What a folder that is not there yet cannot hold is found out before it is made.
Status RunningNode::check_fresh_folder() {
    const auto exists = files_->exists(config_.node.data);
    const bool is_new = exists.has_value() && !*exists;  // open_data_folder() tells what is wrong
    return is_new ? check_trigger_tables_configured(config_) : Status{};
}

// Takes the port before anything is written, so that a taken one changes nothing; requests are
// answered from open_api() on.
Status RunningNode::open_http() {
    base::HttpServerOptions options = config_.node.http;
    options.large_target = lambda::kFunctionTarget;
    // Above the service's limit, so that its own words answer what is a little too much.
    options.large_body_bytes_max =
        std::max(options.body_bytes_max, lambda::kFunctionRequestBytesMax + (1U << 20U));
    auto server = base::HttpServer::open(
        std::move(options),
        [this](const base::HttpRequest& request, base::Responder respond) {
            if (!replay_routes_->handle(request, respond)) {
                api_->handle(request, std::move(respond));
            }
        },
        metrics_);
    if (!server) {
        Error error = std::move(server).error();
        if (error.code == Code::InUse) {
            error.message +=
                "; stop the program that listens there or choose another port with "
                "--listen";
        }
        return tl::unexpected<Error>(std::move(error));
    }
    http_ = std::move(*server);
    return {};
}

Status RunningNode::open_store() {
    const base::Path& folder = config_.node.data;
    const auto context = [&](const Error& error) {
        return base::with_context(fmt::format("data folder {}", folder.native()), error);
    };
    auto log =
        shardlog::ShardLog::open(*files_, folder / "log", clock_, metrics_, config_.node.log);
    if (!log) {
        return context(log.error());
    }
    log_ = std::move(*log);
    capture::StoreOptions options = config_.node.store;
    options.logs_old_images = config_.node.log.archive_retention.count() > 0;
    auto store = capture::TableStore::open(
        {.files = *files_, .clock = clock_, .random = *random_, .metrics = metrics_, .log = *log_},
        folder / "tables", options);
    if (!store) {
        return context(store.error());
    }
    store_ = std::move(*store);
    auto checkpoints = triggers::CheckpointStore::open(folder / "triggers.db", *random_);
    if (!checkpoints) {
        return context(checkpoints.error());
    }
    checkpoints_ = std::move(*checkpoints);
    auto dead_letters =
        triggers::DeadLetterStore::open(folder / "dead-letters.db", config_.node.dead_letters,
                                        [this](auto function) { return output_.tail(function); });
    if (!dead_letters) {
        return context(dead_letters.error());
    }
    dead_letters_ = std::move(*dead_letters);
    auto parking = triggers::ParkingLot::open(folder / "parked.db", config_.node.parking);
    if (!parking) {
        return context(parking.error());
    }
    parking_ = std::move(*parking);
    auto log_admin =
        LogAdmin::open({.files = *files_, .folder = folder / "log", .log = *log_, .store = *store_},
                       clock_, folder / "pins.db", *log_, config_.node.log);
    if (!log_admin) {
        return context(log_admin.error());
    }
    log_admin_ = std::move(*log_admin);
    committer_.emplace(*store_, hooks_.on_fatal);
    auto restores = TableRestores::open(*store_, *random_, folder / "restores.db");
    if (!restores) {
        return context(restores.error());
    }
    restores_ = std::move(*restores);
    return {};
}

Status RunningNode::open_functions() {
    MB_TRY(pump_, sinks::OutputPump::create());
    pump_thread_ = std::jthread([this](std::stop_token stop) { pump_->run(std::move(stop)); });
    std::vector<lambda::FunctionRegistry::Configured> configured;
    for (const FunctionConfig& function : config_.functions) {
        configured.push_back({function.handler, function.place});
    }
    MB_TRY(functions_,
           lambda::FunctionRegistry::open({.data = config_.node.data,
                                           .function = {.clock = clock_,
                                                        .metrics = metrics_,
                                                        .identity = config_.node.identity,
                                                        .on_stderr = hooks_.on_stderr,
                                                        .pump = pump_.get(),
                                                        .debug = config_.node.debug},
                                           .files = *files_,
                                           .random = *random_,
                                           .idle_timeout = config_.node.function_idle_timeout},
                                          std::move(configured)));
    MB_TRY_STATUS(open_failures());
    return open_invokes();
}

// After the destinations: what was left of calls may be told to them at once.
Status RunningNode::open_invokes() {
    invokes_ = lambda::InvokeCalls::create(
        {.registry = *functions_,
         .clock = clock_,
         .files = *files_,
         .metrics = metrics_,
         .identity = config_.node.identity,
         .data = config_.node.data,
         .random = *random_,
         .hand_over = [this](const std::string& arn, const triggers::FinishedCall& call) {
             return destinations_->hand_over(arn, call);
         }});
    return invokes_->start();
}

DestinationContext RunningNode::destination_context() {
    return {.files = *files_,
            .random = *random_,
            .clock = clock_,
            .functions = *functions_,
            .identity = config_.node.identity,
            .call_later = [this](const lambda::FunctionReference& function, std::string payload) {
                return invokes_->call_later(function, std::move(payload));
            }};
}

Status RunningNode::open_failures() {
    failures_ = std::make_unique<FailureRoutes>(*dead_letters_);
    for (const TriggerConfig& trigger : config_.triggers) {
        auto opened = open_destination(destination_context(), trigger.spec.on_failure);
        if (!opened) {
            return base::with_context(trigger.place + ": on_failure", opened.error());
        }
        if (*opened) {
            failures_->set(trigger.spec.name, std::move(*opened));
        }
    }
    for (const SinkConfig& sink : config_.sinks) {
        auto opened = open_destination(destination_context(), sink.spec.on_failure);
        if (!opened) {
            return base::with_context(sink.place + ": on_failure", opened.error());
        }
        if (*opened) {
            failures_->set(sink.spec.name, std::move(*opened));
        }
    }
    MB_TRY(destinations_,
           DestinationTable::open(destination_context(), config_.destinations, *dead_letters_));
    return {};
}

Status RunningNode::open_triggers() {
    triggers_ = TriggerManager::create(
        *log_, *checkpoints_, clock_, *random_, metrics_,
        {.threads_max = config_.node.delivery_threads,
         .unhealthy_after = config_.node.unhealthy_after,
         .identity = config_.node.identity,
         .retention = config_.node.log.retention,
         .parking = parking_.get(),
         .on_failure = failures_.get(),
         .images = [this](const shardlog::TableName& table) { return store_->image(table); },
         .on_delivery = hooks_.on_delivery});
    for (const TriggerConfig& trigger : config_.triggers) {
        const auto added =
            triggers_->add(trigger.spec, functions_->sink_for({trigger.spec.function, ""}));
        if (!added) {
            return base::with_context(trigger.place, added.error());
        }
    }
    MB_TRY_STATUS(open_mappings());
    MB_TRY(sinks_, SinkRegistry::open({.triggers = *triggers_,
                                       .checkpoints = *checkpoints_,
                                       .store = *store_,
                                       .log = *log_,
                                       .files = *files_,
                                       .clock = clock_,
                                       .random = *random_,
                                       .metrics = metrics_,
                                       .identity = config_.node.identity},
                                      config_.sinks));
    MB_TRY_STATUS(open_replays());
    triggers_->start();
    replays_->start();
    redriver_ = make_redriver(*dead_letters_, *triggers_, *store_, clock_, *functions_,
                              config_.node.identity);
    // Not before copies that go on have pinned what they need of the log.
    maintenance_.emplace(*log_, *store_, DiskWatch(*files_, config_.node.data, *log_, metrics_));
    return {};
}

// Those that were made over the API, beside the configuration's triggers.
Status RunningNode::open_mappings() {
    using lambda::FunctionReference;
    MB_TRY(documents_, lambda::DocumentStore::open(config_.node.data / "lambda.db"));
    auto mappings = lambda::MappingRegistry::open(
        {.documents = *documents_,
         .triggers = *triggers_,
         .checkpoints = *checkpoints_,
         .log = *log_,
         .failures = *failures_,
         .clock = clock_,
         .random = *random_,
         .identity = config_.node.identity,
         .function_exists = [this](const FunctionReference& to) { return functions_->exists(to); },
         .sink_for = [this](const FunctionReference& to) { return functions_->sink_for(to); },
         .destination_for = [this](const std::string& arn) { return destinations_->find(arn); }});
    if (!mappings) {
        return base::with_context(fmt::format("data folder {}", config_.node.data.native()),
                                  mappings.error());
    }
    mappings_ = std::move(*mappings);
    return {};
}

Status RunningNode::open_replays() {
    auto replays = ReplayRegistry::open(replays_into_functions({.log = *log_,
                                                                .checkpoints = *checkpoints_,
                                                                .dead_letters = *dead_letters_,
                                                                .clock = clock_,
                                                                .random = *random_,
                                                                .metrics = metrics_,
                                                                .identity = config_.node.identity},
                                                               *triggers_, *functions_, config_));
    if (!replays) {
        return base::with_context(fmt::format("data folder {}", config_.node.data.native()),
                                  replays.error());
    }
    replays_ = std::move(*replays);
    return {};
}

void RunningNode::open_api() {
    std::error_code ignored;
    api_ =
        Api::create({.store = *store_,
                     .log = *log_,
                     .triggers = *triggers_,
                     .dead_letters = *dead_letters_,
                     .clock = clock_,
                     .random = *random_,
                     .metrics = metrics_,
                     .identity = config_.node.identity,
                     .node = {.version = std::string(kVersion),
                              .data_folder = std::filesystem::absolute(config_.node.data, ignored)
                                                 .lexically_normal()
                                                 .native(),
                              .started = clock_.wall(),
                              .stopping = stopping_.get_token()},
                     .functions = functions_.get(),
                     .documents = documents_.get(),
                     .mappings = mappings_.get(),
                     .invokes = invokes_.get(),
                     .parking = parking_.get(),
                     .sinks = sinks_.get(),
                     .redriver = redriver_.get(),
                     .log_admin = log_admin_.get(),
                     .restores = restores_.get(),
                     .destinations = destinations_.get()});
    replay_routes_ = ReplayRoutes::create({.replays = *replays_,
                                           .store = *store_,
                                           .log = *log_,
                                           .dead_letters = *dead_letters_,
                                           .clock = clock_,
                                           .identity = config_.node.identity,
                                           .stopping = stopping_.get_token()});
    http_->start();
    serving_ = true;
}

Milliseconds RunningNode::left_until(base::Instant deadline) const {
    return std::max(Milliseconds{0},
                    std::chrono::duration_cast<Milliseconds>(deadline - clock_.instant()));
}

// Each step needs the ones after it: answers in flight need the committer, deliveries the sinks.
// Also undoes an open() that failed half way.
void RunningNode::stop() {
    const base::Instant deadline = clock_.instant() + config_.node.stop_deadline;
    stopping_.request_stop();
    if (http_ && serving_) {
        http_->stop(left_until(deadline));
    }
    serving_ = false;
    maintenance_.reset();
    if (redriver_) {
        redriver_->stop();
    }
    if (restores_) {
        restores_->request_stop();
    }
    committer_.reset();
    if (triggers_) {
        triggers_->stop(left_until(deadline));
    }
    if (replays_) {
        replays_->stop(left_until(deadline));
    }
    if (functions_) {
        functions_->stop(deadline);
    }
    if (sinks_) {
        sinks_->stop(deadline);
    }
    api_.reset();
    redriver_.reset();   // joins its threads
    log_admin_.reset();  // and this one
    restores_.reset();
    replay_routes_.reset();
    sinks_.reset();
    mappings_.reset();
    replays_.reset();   // joins its threads, as
    triggers_.reset();  // this does: their deliveries have ended
    invokes_.reset();
    functions_.reset();
    pump_thread_ = {};
}

}  // namespace

Result<std::unique_ptr<Node>> Node::open(const Config& config, NodeHooks hooks) {
    base::set_log_level(config.node.log_level);
    auto node = std::make_unique<RunningNode>(config, std::move(hooks));
    MB_TRY_STATUS(node->open());
    return std::unique_ptr<Node>(std::move(node));
}

}  // namespace millbeck::runtime
