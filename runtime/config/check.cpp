#include "runtime/config/check.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/config/index_settings.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/config/quantity.hpp"
#include "runtime/config/sink_check.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;

namespace {

tl::unexpected<base::Error> at_place(const std::string& place, std::string_view what) {
    return base::fail(Code::Invalid, fmt::format("{}: {}", place, what));
}

// `name_of` gives the name of one of the list.
template <typename T, typename NameOf>
Status check_unique(const std::vector<T>& entities, std::string_view kind, NameOf name_of) {
    std::map<std::string, std::string> places;
    for (const T& entity : entities) {
        const auto [first, is_new] = places.emplace(name_of(entity), entity.place);
        if (!is_new) {
            return at_place(entity.place, fmt::format("{} \"{}\" is there twice, first at {}", kind,
                                                      first->first, first->second));
        }
    }
    return {};
}

// Gives indexes the units of their table.
Status check_table(TableConfig& table) {
    capture::TableSpec& spec = table.spec;
    const std::string name = fmt::format("table \"{}\"", spec.name.value());
    const bool has_units = spec.throughput.read_units > 0 || spec.throughput.write_units > 0;
    const bool has_both = spec.throughput.read_units > 0 && spec.throughput.write_units > 0;
    if (spec.billing == capture::BillingMode::Provisioned && !has_both) {
        return at_place(table.place,
                        name + ": a provisioned table needs read_units and write_units");
    }
    if (spec.billing == capture::BillingMode::PayPerRequest && has_units) {
        return at_place(table.place,
                        name + ": read_units and write_units are for provisioned tables");
    }
    if (const auto checked = check_indexes(spec); !checked) {
        return at_place(table.place, name + ": " + checked.error().message);
    }
    for (capture::IndexSpec& index : spec.indexes) {
        index.throughput = spec.throughput;
    }
    return {};
}

// Makes what tables say of their streams a setting of the log.
Status check_stream_retention(shardlog::LogOptions& log, const TableConfig& table) {
    if (table.stream_retention.count() == 0) {
        return {};
    }
    const std::string name = fmt::format("table \"{}\"", table.spec.name.value());
    if (!table.spec.stream) {
        return at_place(table.place, name + ": stream_retention is for a stream, which is off");
    }
    if (table.stream_retention < log.retention) {
        return at_place(table.place,
                        fmt::format("{}: stream_retention ({}) is shorter than the node's "
                                    "retention ({})",
                                    name, format_duration(table.stream_retention),
                                    format_duration(log.retention)));
    }
    log.table_retention[table.spec.name] = table.stream_retention;
    return {};
}

Status check_archive(const shardlog::LogOptions& log) {
    if (log.archive_retention.count() == 0 || log.archive_retention >= log.retention) {
        return {};
    }
    return base::fail(
        Code::Invalid,
        fmt::format("archive_retention ({}) is shorter than retention ({}): the "
                    "archive takes what is past it; 0s is no archive",
                    format_duration(log.archive_retention), format_duration(log.retention)));
}

Status check_backoff(const base::BackoffOptions& backoff, const std::string& place,
                     std::string_view keys) {
    if (backoff.longest < backoff.first) {
        return at_place(place, fmt::format("{}_longest ({}) is shorter than {}_first ({})", keys,
                                           format_duration(backoff.longest), keys,
                                           format_duration(backoff.first)));
    }
    return {};
}

// Which settings go with which protocol.
Status check_function(const FunctionConfig& function) {
    const sinks::HandlerOptions& handler = function.handler;
    const sinks::LambdaOptions& lambda = handler.lambda;
    const std::string name = fmt::format("function \"{}\": ", handler.function);
    MB_TRY_STATUS(check_backoff(handler.restart, function.place, "restart"));
    if (handler.protocol != sinks::HandlerProtocol::Runtime) {
        if (!lambda.code.empty() || !lambda.runtime.empty() || !lambda.handler.empty()) {
            return at_place(function.place,
                            name + "code, runtime and handler are for protocol runtime");
        }
        if (handler.command.empty()) {
            return at_place(function.place, "\"command\" is missing in a function");
        }
        return {};
    }
    if (handler.command.empty() && lambda.runtime.empty()) {
        return at_place(function.place, name + "protocol runtime needs a runtime or a command");
    }
    if (!handler.command.empty() && !lambda.runtime.empty()) {
        return at_place(function.place,
                        name + "a runtime and a command are two answers to what is to be started");
    }
    if (!handler.working_folder.empty()) {
        return at_place(
            function.place,
            name + "working_folder is for pipe and exec; protocol runtime runs in code");
    }
    return {};
}

Status check_trigger(const Config& config, const TriggerConfig& trigger) {
    const triggers::TriggerSpec& spec = trigger.spec;
    const std::string name = fmt::format("trigger \"{}\"", spec.name);
    std::vector<std::string> functions;
    for (const FunctionConfig& function : config.functions) {
        functions.push_back(function.handler.function);
    }
    if (std::find(functions.begin(), functions.end(), spec.function) == functions.end()) {
        return at_place(trigger.place,
                        fmt::format("{}: function \"{}\" is not defined{}", name, spec.function,
                                    did_you_mean(spec.function, functions)));
    }
    for (const TableConfig& table : config.tables) {
        if (table.spec.name == spec.table && !table.spec.stream.has_value()) {
            return at_place(trigger.place,
                            fmt::format("{}: the stream of table \"{}\" is off, so there is "
                                        "nothing to deliver",
                                        name, spec.table.value()));
        }
    }
    if (spec.tumbling_window.count() > 0) {
        if (spec.parallelization_factor > 1) {
            return at_place(trigger.place,
                            name +
                                ": Parallelization factor must be equal to 1 when tumbling "
                                "window period is configured");
        }
        if (spec.filter) {
            return at_place(trigger.place,
                            name + ": filters and a tumbling_window do not go together");
        }
    }
    if (spec.on_poison == triggers::OnPoison::Park) {
        if (!spec.maximum_retry_attempts) {
            return at_place(trigger.place,
                            name +
                                ": on_poison: park needs maximum_retry_attempts, which says "
                                "when a change is poisoned");
        }
        if (spec.tumbling_window.count() > 0) {
            return at_place(trigger.place,
                            name + ": on_poison: park and a tumbling_window do not go together");
        }
    }
    return check_backoff(spec.retry, trigger.place, "retry");
}

}  // namespace

Status check_config(Config& config) {
    for (FunctionConfig& function : config.functions) {
        function.handler.lambda.region = config.node.identity.region;
        function.handler.lambda.account = config.node.identity.account_id;
    }
    // A frame has to fit into its segment.
    shardlog::LogOptions& log = config.node.log;
    MB_TRY_STATUS(check_archive(log));
    log.commit_bytes_max = std::min(log.commit_bytes_max, log.segment_bytes / 2);
    for (TriggerConfig& trigger : config.triggers) {
        if (trigger.spec.name.empty()) {
            trigger.spec.name = trigger.spec.table.value() + "-" + trigger.spec.function;
        }
    }
    MB_TRY_STATUS(check_unique(config.tables, "table",
                               [](const TableConfig& t) { return t.spec.name.value(); }));
    MB_TRY_STATUS(check_unique(config.functions, "function",
                               [](const FunctionConfig& f) { return f.handler.function; }));
    MB_TRY_STATUS(check_unique(config.triggers, "trigger",
                               [](const TriggerConfig& t) { return t.spec.name; }));
    MB_TRY_STATUS(check_unique(config.destinations, "destination",
                               [](const DestinationConfig& d) { return d.arn; }));
    for (TableConfig& table : config.tables) {
        MB_TRY_STATUS(check_table(table));
        MB_TRY_STATUS(check_stream_retention(log, table));
    }
    for (const FunctionConfig& function : config.functions) {
        MB_TRY_STATUS(check_function(function));
    }
    for (const TriggerConfig& trigger : config.triggers) {
        MB_TRY_STATUS(check_trigger(config, trigger));
    }
    MB_TRY_STATUS(check_sinks(config));
    return {};
}

}  // namespace millbeck::runtime
