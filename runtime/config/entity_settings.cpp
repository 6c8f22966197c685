// The rows of tables and functions; those of triggers stand in trigger_settings.cpp, those of the
// node in settings.cpp.
#include <algorithm>
#include <chrono>

#include "runtime/config/index_settings.hpp"
#include "runtime/config/key_settings.hpp"
#include "runtime/config/names.hpp"
#include "runtime/config/settings.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;
using capture::BillingMode;
using shardlog::StreamViewType;
using namespace std::chrono_literals;

namespace {

Status set_keys(TableConfig& table, const Value& value) {
    MB_TRY(table.spec.keys, keys_of_value(value));
    return table.spec.keys.has_single_attributes()
               ? Status{}
               : base::fail(Code::Invalid,
                            "a table has one hash and at most one range attribute; only global "
                            "indexes have lists of them");
}

Status set_indexes(TableConfig& table, const Value& value) {
    MB_TRY(table.spec.indexes, indexes_of_value(value));
    return {};
}

template <typename At>
Setting<FunctionConfig> text_setting(std::string key, std::string takes, std::string help, At at) {
    return special_setting<FunctionConfig>(
        std::move(key), std::move(takes), "", std::move(help),
        [at](FunctionConfig& function, const Value& value) -> Status {
            MB_TRY(at(function), text_of(value, "a text"));
            return {};
        });
}

template <typename At>
Setting<FunctionConfig> folder_setting(std::string key, std::string fallback, std::string help,
                                       At at) {
    return special_setting<FunctionConfig>(
        std::move(key), "folder", std::move(fallback), std::move(help),
        [at](FunctionConfig& function, const Value& value) -> Status {
            MB_TRY(const std::string text, text_of(value, "a folder"));
            at(function) = text;
            return {};
        });
}

Status set_tags(TableConfig& table, const Value& value) {
    MB_TRY(const auto texts, texts_of(value));
    table.spec.tags.clear();
    for (const auto& [key, text] : texts) {
        table.spec.tags.push_back({key, text});
    }
    return {};
}

}  // namespace

const std::vector<Setting<TableConfig>>& table_settings() {
    using T = TableConfig;
    using Stream = std::optional<StreamViewType>;
    static const std::vector<Setting<T>> settings{
        required(special_setting<T>(
            "name", "name", "", "The table's name.",
            [](T& t, const Value& value) { return set_table_name(t.spec.name, value); })),
        required(special_setting<T>(
            "keys", "map", "",
            "The key attributes and their types (S, N, B): {hash: artist S, range: song S}; range "
            "may be left out.",
            set_keys)),
        special_setting<T>(
            "indexes", "list of maps", "[]",
            "Secondary indexes of a new table: {name: by-song, keys: {hash: song S}, projection: "
            "[year], kind: global}. projection: ALL (if left out), KEYS_ONLY or a list of "
            "attributes; kind: global (if left out) or local. They have the table's units. Keys of "
            "a "
            "global index may be lists of up to four: {hash: [tenant S, region S], range: day N}.",
            set_indexes),
        choice_setting<T, Stream>(
            "stream", [](T & t) -> auto& { return t.spec.stream; },
            {{"NEW_AND_OLD_IMAGES", StreamViewType::NewAndOldImages},
             {"NEW_IMAGE", StreamViewType::NewImage},
             {"OLD_IMAGE", StreamViewType::OldImage},
             {"KEYS_ONLY", StreamViewType::KeysOnly},
             {"off", std::nullopt}},
            "What the table's stream shows of a change."),
        falling_back(
            duration_setting<T>(
                "stream_retention", [](T & t) -> auto& { return t.stream_retention; }, 1s,
                24h * 365,
                "How long a change can be read from the table's streams, if longer than the node's "
                "retention. The log keeps all that is newer as well; retention_bytes is stronger."),
            "retention"),
        number_setting<T>(
            "shards", [](T & t) -> auto& { return t.spec.shard_count; }, 1, 256, false,
            "Shards of a new stream: the changes of one item are in order, those of different "
            "shards are delivered side by side."),
        choice_setting<T, BillingMode>(
            "billing", [](T & t) -> auto& { return t.spec.billing; },
            {{"on-demand", BillingMode::PayPerRequest}, {"provisioned", BillingMode::Provisioned}},
            "What DescribeTable says; nothing is throttled."),
        number_setting<T>(
            "read_units", [](T & t) -> auto& { return t.spec.throughput.read_units; }, 1, 1'000'000,
            false, "Of a provisioned table; what DescribeTable says."),
        number_setting<T>(
            "write_units", [](T & t) -> auto& { return t.spec.throughput.write_units; }, 1,
            1'000'000, false, "Of a provisioned table; what DescribeTable says."),
        flag_setting<T>(
            "deletion_protection", [](T & t) -> auto& { return t.spec.deletion_protection; },
            "DeleteTable is refused."),
        special_setting<T>("tags", "map of texts", "{}", "The tags of a new table.", set_tags),
    };
    return settings;
}

// NOLINTNEXTLINE(readability-function-size): a table.
const std::vector<Setting<FunctionConfig>>& function_settings() {
    using F = FunctionConfig;
    using sinks::HandlerProtocol;
    static const std::vector<Setting<F>> settings{
        required(special_setting<F>(
            "name", "name", "", "What triggers call it by.",
            [](F& f, const Value& value) { return set_name(f.handler.function, value); })),
        special_setting<F>(
            "command", "list of texts, or one text split at white space", "",
            "The executable and its arguments; no shell is involved. A path with a slash is "
            "relative to working_folder (protocol runtime: to code), another name is found on "
            "PATH. Needed, unless there is a runtime.",
            [](F& f, const Value& value) -> Status {
                MB_TRY(f.handler.command, command_of(value));
                return {};
            }),
        choice_setting<F, HandlerProtocol>(
            "protocol", [](F & f) -> auto& { return f.handler.protocol; },
            {{"pipe", HandlerProtocol::Pipe},
             {"exec", HandlerProtocol::Exec},
             {"runtime", HandlerProtocol::Runtime}},
            "pipe: processes live on, one event a line on stdin, one JSON reply a line on stdout; "
            "exec: one process a batch, its exit status is the answer; runtime: a function made "
            "for AWS Lambda, which fetches its events from Lambda's Runtime API."),
        folder_setting(
            "code", "the file's folder",
            "Protocol runtime: the function's code, in which it runs; relative to the "
            "configuration file.",
            [](F & f) -> auto& { return f.handler.lambda.code; }),
        text_setting(
            "runtime",
            "one of provided.al2023, provided.al2, python3, python3.N, nodejs, nodejsN.x",
            "Protocol runtime: provided.* starts the file \"bootstrap\" in code; python3 "
            "and nodejs start the language with a bootstrap that Millbeck brings along. "
            "Without it, command is started.",
            [](F & f) -> auto& { return f.handler.lambda.runtime; }),
        text_setting(
            "handler", "text, like app.handler",
            "Protocol runtime: what a runtime calls, file and function.",
            [](F & f) -> auto& { return f.handler.lambda.handler; }),
        number_setting<F>(
            "memory", [](F & f) -> auto& { return f.handler.lambda.memory_mb; }, 128, 10'240, false,
            "Protocol runtime: what the function is told to have, in MB; not enforced."),
        duration_setting<F>(
            "timeout", [](F & f) -> auto& { return f.handler.timeout; }, 1ms, 15min,
            "For one batch; after it the process is stopped and the batch has failed."),
        number_setting<F>(
            "concurrency", [](F & f) -> auto& { return f.handler.concurrency; }, 1, 1000, false,
            "Processes at most."),
        special_setting<F>("environment", "map of texts", "{}",
                           "Added to Millbeck's own environment, and winning over it. Protocol "
                           "runtime: added to what Lambda sets; nothing but PATH, HOME, TMPDIR and "
                           "USER is Millbeck's own.",
                           [](F& f, const Value& value) -> Status {
                               MB_TRY(f.handler.environment, texts_of(value));
                               return {};
                           }),
        folder_setting(
            "working_folder", "the file's folder",
            "Where the process runs; relative to the configuration file. Protocol "
            "runtime runs in code.",
            [](F & f) -> auto& { return f.handler.working_folder; }),
        duration_setting<F>(
            "kill_grace", [](F & f) -> auto& { return f.handler.kill_grace; }, 0s, 60s,
            "Between SIGTERM and SIGKILL. Protocol runtime: for functions that registered an "
            "extension in themselves, as for SIGTERM on Lambda; others get SIGKILL at once."),
        number_setting<F>(
            "reply_bytes_max", [](F & f) -> auto& { return f.handler.reply_bytes_max; }, 1024,
            6u << 20, true,
            "A longer reply fails the batch and restarts the process. Protocol runtime has "
            "Lambda's own limit instead, 6291556 bytes."),
        duration_setting<F>(
            "restart_first", [](F & f) -> auto& { return f.handler.restart.first; }, 1ms, 1h,
            "Wait before a process that died is started again; doubles."),
        duration_setting<F>(
            "restart_longest", [](F & f) -> auto& { return f.handler.restart.longest; }, 1ms, 24h,
            "Longest wait before a restart."),
    };
    return settings;
}

}  // namespace millbeck::runtime
