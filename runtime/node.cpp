#include "runtime/node.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.hpp"
#include "runtime/config/load.hpp"
#include "runtime/lambda/function_calls.hpp"
#include "runtime/node_folder.hpp"
#include "runtime/node_tables.hpp"
#include "runtime/running_node.hpp"
#include "runtime/version.hpp"

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

}  // namespace

RunningNode::RunningNode(const Config& config, NodeHooks hooks)
    : config_(config), hooks_(std::move(hooks)) {
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

Status RunningNode::open() {
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

void RunningNode::open_api() {
    std::error_code ignored;
    api_ =
        Api::create({.store = *store_,
                     .log = streams_log(),
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
                     .backups = backups_.get(),
                     .exports = exports_.get(),
                     .destinations = destinations_.get(),
                     .injection = injection_ ? &*injection_ : nullptr});
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

std::string RunningNode::endpoint() const {
    const std::string& address = config_.node.http.address;
    const bool is_v6 = address.find(':') != std::string::npos;
    return fmt::format("http://{}{}{}:{}", is_v6 ? "[" : "", address, is_v6 ? "]" : "",
                       http_->port());
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
    if (backups_) {
        backups_->request_stop();
    }
    if (exports_) {
        exports_->request_stop();
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
    backups_.reset();
    exports_.reset();
    replay_routes_.reset();
    sinks_.reset();
    mappings_.reset();
    replays_.reset();   // joins its threads, as
    triggers_.reset();  // this does: their deliveries have ended
    invokes_.reset();
    functions_.reset();
    pump_thread_ = {};
}

Result<std::unique_ptr<Node>> Node::open(const Config& config, NodeHooks hooks) {
    base::set_log_level(config.node.log_level);
    auto node = std::make_unique<RunningNode>(config, std::move(hooks));
    MB_TRY_STATUS(node->open());
    return std::unique_ptr<Node>(std::move(node));
}

}  // namespace millbeck::runtime
