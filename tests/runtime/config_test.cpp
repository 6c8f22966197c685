#include <gtest/gtest.h>

#include "runtime/config/load.hpp"
#include "runtime/config/reference.hpp"
#include "runtime/config/settings.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temp_folder.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;

base::Result<Config> from_file(const std::string& text) {
    return build_config(
        {.file_name = "millbeck.yaml", .file_text = text, .environment = {}, .flags = {}});
}

struct BadRow {
    std::string text;
    std::string sentence;
};

// If it fails, somebody with a typo searches for hours, or a setting is silently ignored.
TEST(Config, SaysInOneSentenceWhatIsWrong) {
    const std::string table = "tables: [{name: music, keys: {hash: id S}}]\n";
    const std::string function = "functions: [{name: totals, command: [cat]}]\n";
    const std::vector<BadRow> rows{
        {"regin: x", R"(millbeck.yaml:1: unknown key "regin"; did you mean "region"?)"},
        {"\ntabels: []", R"(millbeck.yaml:2: unknown key "tabels"; did you mean "tables"?)"},
        {"zzzzzzzz: 1", R"(millbeck.yaml:1: unknown key "zzzzzzzz")"},
        {"- a",
         "millbeck.yaml:1: must be a map of settings, tables, functions, triggers and sinks"},
        {"retention: 24h\nretention: 1h", R"(millbeck.yaml:2: key "retention" is there twice)"},
        {"retention: long",
         R"(millbeck.yaml:1: retention: "long" is not a duration; write a whole number and a unit, like 500ms, 10s, 5m, 24h or 7d)"},
        {"retention: 24",  // no unit
         R"(millbeck.yaml:1: retention: "24" is not a duration; write a whole number and a unit, like 500ms, 10s, 5m, 24h or 7d)"},
        {"retention: [1]", "millbeck.yaml:1: retention: must be a duration, but a list is there"},
        {"retention:", "millbeck.yaml:1: retention: must be a duration, but nothing is there"},
        {"retention: 366d",
         "millbeck.yaml:1: retention: 366d is out of range; allowed is 1s to 365d"},
        {"segment_bytes: 1",
         "millbeck.yaml:1: segment_bytes: 1 is out of range; allowed is 2MB to 1GB"},
        {"segment_bytes: 64 MB",
         R"(millbeck.yaml:1: segment_bytes: "64 MB" is not a size; write a whole number and a unit, like 512B, 64KB, 16MB or 1GB)"},
        {"delivery_threads: many",
         R"(millbeck.yaml:1: delivery_threads: "many" is not a whole number)"},
        {"log_level: inf",
         R"(millbeck.yaml:1: log_level: "inf" is not one of debug, info, warn, error; did you mean "info"?)"},
        {"listen: 8000",
         R"(millbeck.yaml:1: listen: "8000" is not an address and a port, like 127.0.0.1:8000 or [::1]:8000)"},
        {"listen: 127.0.0.1:70000",
         R"(millbeck.yaml:1: listen: "127.0.0.1:70000" is not an address and a port, like 127.0.0.1:8000 or [::1]:8000)"},
        {"destinations: [{arn: q, to: dead-letters}]",
         R"(millbeck.yaml:1: arn: "q" is not an ARN)"},
        {"destinations: [{arn: 'arn:aws:s3:::b', to: nowhere}]",
         "millbeck.yaml:1: to: must be dead-letters, {folder: FOLDER}, {url: http://...}, {kafka: "
         "kafka://BROKER/TOPIC} or {function: NAME}"},
        {"destinations: [{arn: 'arn:aws:s3:::b', to: {kafka: 'localhost:9092'}}]",
         "millbeck.yaml:1: to: must be dead-letters, {folder: FOLDER}, {url: http://...}, {kafka: "
         "kafka://BROKER/TOPIC} or {function: NAME}"},
        {"destinations: [{arn: 'arn:aws:s3:::b', to: {kafka: 'kafka://localhost:9092'}}]",
         "millbeck.yaml:1: to: must be dead-letters, {folder: FOLDER}, {url: http://...}, {kafka: "
         "kafka://BROKER/TOPIC} or {function: NAME}"},
        {"destinations: [{arn: 'arn:aws:s3:::b', to: dead-letters}, "
         "{arn: 'arn:aws:s3:::b', to: dead-letters}]",
         R"(millbeck.yaml:1: destination "arn:aws:s3:::b" is there twice, first at millbeck.yaml:1)"},
        {"account_id: 12",
         R"(millbeck.yaml:1: account_id: "12" is not an account id: 12 digits, in quotes in a file)"},
        {"region: US", R"(millbeck.yaml:1: region: "US" is not a region, like us-east-1)"},
        {"tables: {name: a}", "millbeck.yaml:1: tables: must be a list, but a map is there"},
        {"tables: [music]", "millbeck.yaml:1: must be a map, but a text is there in a table"},
        {table + "functions:\n  - name: totals",
         R"(millbeck.yaml:3: "command" is missing in a function)"},
        {"functions: [{name: totals, command: []}]",
         "millbeck.yaml:1: command: must name an executable"},
        {"functions: [{name: totals, command: \"cat 'x\"}]",
         "millbeck.yaml:1: command: the quote ' is not closed"},
        {"functions: [{name: totals, command: cat, timeout: 16m}]",
         "millbeck.yaml:1: timeout: 16m is out of range; allowed is 1ms to 15m"},
        {"functions: [{name: totals, command: cat, restart_first: 2s, restart_longest: 1s}]",
         "millbeck.yaml:1: restart_longest (1s) is shorter than restart_first (2s)"},
        {"functions: [{name: totals, command: cat, code: lib}]",
         R"(millbeck.yaml:1: function "totals": code, runtime and handler are for protocol runtime)"},
        {"functions: [{name: totals, command: cat, runtime: python3}]",
         R"(millbeck.yaml:1: function "totals": code, runtime and handler are for protocol runtime)"},
        {"functions: [{name: totals, command: cat, handler: a.b, protocol: exec}]",
         R"(millbeck.yaml:1: function "totals": code, runtime and handler are for protocol runtime)"},
        {"functions: [{name: totals, protocol: runtime}]",
         R"(millbeck.yaml:1: function "totals": protocol runtime needs a runtime or a command)"},
        {"functions: [{name: totals, protocol: runtime, runtime: python3, command: cat}]",
         R"(millbeck.yaml:1: function "totals": a runtime and a command are two answers to what is to be started)"},
        {"functions: [{name: totals, protocol: runtime, command: cat, working_folder: here}]",
         R"(millbeck.yaml:1: function "totals": working_folder is for pipe and exec; protocol runtime runs in code)"},
        {"functions: [{name: totals, protocol: runtime, runtime: python3, memory: 64}]",
         "millbeck.yaml:1: memory: 64 is out of range; allowed is 128 to 10240"},
        {function + "functions2: []",
         R"(millbeck.yaml:2: unknown key "functions2"; did you mean "functions"?)"},
        {"functions: [{name: totals, command: cat}, {name: totals, command: cat}]",
         R"(millbeck.yaml:1: function "totals" is there twice, first at millbeck.yaml:1)"},
        {"tables:\n  - {name: music, keys: {hash: id S}}\n  - {name: music, keys: {hash: id S}}",
         R"(millbeck.yaml:3: table "music" is there twice, first at millbeck.yaml:2)"},
        {table + function + "triggers:\n  - {table: music, function: totls}",
         R"(millbeck.yaml:4: trigger "music-totls": function "totls" is not defined; did you mean "totals"?)"},
        {table + function +
             "triggers: [{table: music, function: totals}, {table: music, function: totals}]",
         R"(millbeck.yaml:3: trigger "music-totals" is there twice, first at millbeck.yaml:3)"},
        {"tables: [{name: music, keys: {hash: id S}, stream: off}]\n" + function +
             "triggers: [{table: music, function: totals}]",
         R"(millbeck.yaml:3: trigger "music-totals": the stream of table "music" is off, so there is nothing to deliver)"},
        {table + function + "triggers: [{table: music, function: totals, batchsize: 1}]",
         R"(millbeck.yaml:3: unknown key "batchsize" in a trigger; did you mean "batch_size"?)"},
        {table + function + "triggers: [{table: music, function: totals, batching_window: 301s}]",
         "millbeck.yaml:3: batching_window: 301s is out of range; allowed is 0s to 5m"},
        {table + function + "triggers: [{table: music, function: totals, tumbling_window: 901s}]",
         "millbeck.yaml:3: tumbling_window: must be whole seconds from 0s to 15m, not 901s"},
        {table + function +
             "triggers: [{table: music, function: totals, tumbling_window: 10s, "
             "parallelization_factor: 2}]",
         "millbeck.yaml:3: trigger \"music-totals\": Parallelization factor must be equal to 1 "
         "when "
         "tumbling window period is configured"},
        {table + function +
             "triggers: [{table: music, function: totals, tumbling_window: 10s, "
             "filters: [{eventName: [INSERT]}]}]",
         "millbeck.yaml:3: trigger \"music-totals\": filters and a tumbling_window do not go "
         "together"},
        {table + function +
             "triggers: [{table: music, function: totals, maximum_retry_attempts: 10001}]",
         "millbeck.yaml:3: maximum_retry_attempts: 10001 is out of range; allowed is 0 to 10000, "
         "or "
         "unlimited"},
        {table + function + "triggers: [{table: music, function: totals, maximum_record_age: 59s}]",
         "millbeck.yaml:3: maximum_record_age: 59s is out of range; allowed is 1m to 7d, or "
         "unlimited"},
        {table + function +
             "triggers: [{table: music, function: totals, on_failure: {url: \"https://x\"}}]",
         "millbeck.yaml:3: on_failure: must be dead-letters, {folder: FOLDER}, {url: "
         "http://...}, {kafka: kafka://BROKER/TOPIC} or {function: NAME}"},
        {table + function + "triggers: [{table: music, function: totals, filters: {a: [1]}}]",
         "millbeck.yaml:3: filters: must be a list of patterns, but a map is there"},
        {table + function +
             "triggers: [{table: music, function: totals, filters: [{eventName: INSERT}]}]",
         "millbeck.yaml:3: filters: Invalid filter pattern definition. \"eventName\" must be an "
         "object or an array"},
        {table + function +
             "triggers: [{table: music, function: totals, filters: [{a: [1]}, '{\"a\":[}']}]",
         "millbeck.yaml:3: filters: Invalid filter pattern definition. 2: not JSON: byte 7 is not "
         "expected"},
        {table + function + "triggers: [{table: music, function: totals, enabled: yes}]",
         R"(millbeck.yaml:3: enabled: "yes" is not true or false)"},
    };
    for (const BadRow& row : rows) {
        const auto config = from_file(row.text);
        ASSERT_FALSE(config) << row.text;
        EXPECT_EQ(config.error().message, row.sentence) << row.text;
        EXPECT_EQ(config.error().code, base::Code::Invalid) << row.text;
    }
}

// If it fails, a broken file is a stack trace or an empty configuration.
TEST(Config, RefusesWhatIsNoYaml) {
    for (const std::string text : {"tables: [", "a: b: c", "\t- x", "{"}) {
        const auto config = from_file(text);
        ASSERT_FALSE(config) << text;
        EXPECT_TRUE(config.error().message.starts_with("millbeck.yaml:")) << config.error().message;
    }
}

// If it fails, what the file says is not what runs.
TEST(Config, ReadsEverythingAFileCanSay) {
    const auto config = from_file(R"(
listen: "[::1]:9000"
region: eu-west-1
account_id: "123456789012"
retention: 48h
segment_bytes: 16MB
unhealthy_after: 90s
tables:
  - name: music
    keys: {hash: artist S, range: song  title N}
    stream: KEYS_ONLY
    shards: 2
    billing: provisioned
    read_units: 5
    write_units: 6
    tags: {team: blue}
functions:
  - name: totals
    command: python3 -c 'print("a b")'
    protocol: exec
    timeout: 2500ms
    concurrency: 3
    environment: {LEVEL: "1"}
triggers:
  - name: sums
    table: music
    function: totals
    starting_position: LATEST
    batch_size: 7
    batching_window: 0
    tumbling_window: 0s
    parallelization_factor: 10
    retry_first: 10ms
    maximum_retry_attempts: 0
    maximum_record_age: 60s
    bisect_batch_on_function_error: true
    report_batch_item_failures: true
    on_failure: {folder: failed}
    enabled: false
destinations:
  - {arn: "arn:aws:sqs:us-east-1:000000000000:q", to: {function: totals}}
  - {arn: "arn:aws:s3:::b", to: {folder: /bucket}}
)");
    ASSERT_TRUE(config) << config.error().message;
    const NodeSettings& node = config->node;
    EXPECT_EQ(node.http.address, "::1");
    EXPECT_EQ(node.http.port, 9000);
    EXPECT_EQ(node.identity.region, "eu-west-1");
    EXPECT_EQ(node.identity.account_id, "123456789012");
    EXPECT_EQ(node.log.retention, std::chrono::hours(48));
    EXPECT_EQ(node.log.segment_bytes, 16u << 20);
    EXPECT_LE(node.log.commit_bytes_max, node.log.segment_bytes / 2);
    EXPECT_EQ(node.unhealthy_after, Milliseconds{90'000});
    ASSERT_EQ(config->tables.size(), 1u);
    const capture::TableSpec& table = config->tables[0].spec;
    EXPECT_EQ(table.keys.hash.name, "artist");
    EXPECT_EQ(table.keys.range->name, "song  title");
    EXPECT_EQ(table.keys.range->type, shardlog::AttributeType::N);
    EXPECT_EQ(table.stream, shardlog::StreamViewType::KeysOnly);
    EXPECT_EQ(table.shard_count, 2u);
    EXPECT_EQ(table.throughput.write_units, 6);
    ASSERT_EQ(table.tags.size(), 1u);
    EXPECT_EQ(table.tags[0].value, "blue");
    ASSERT_EQ(config->functions.size(), 1u);
    const sinks::HandlerOptions& handler = config->functions[0].handler;
    EXPECT_EQ(handler.command, (std::vector<std::string>{"python3", "-c", "print(\"a b\")"}));
    EXPECT_EQ(handler.protocol, sinks::HandlerProtocol::Exec);
    EXPECT_EQ(handler.timeout, Milliseconds{2'500});
    EXPECT_EQ(handler.environment.at("LEVEL"), "1");
    ASSERT_EQ(config->triggers.size(), 1u);
    const triggers::TriggerSpec& trigger = config->triggers[0].spec;
    EXPECT_EQ(trigger.name, "sums");
    EXPECT_EQ(trigger.starting_position, triggers::StartingPosition::Latest);
    EXPECT_EQ(trigger.batch_size, 7u);
    EXPECT_EQ(trigger.parallelization_factor, 10u);
    EXPECT_EQ(trigger.retry.first, Milliseconds{10});
    EXPECT_EQ(trigger.maximum_retry_attempts, 0u);
    EXPECT_EQ(trigger.maximum_record_age, Milliseconds{60'000});
    EXPECT_TRUE(trigger.bisect_batch_on_function_error);
    EXPECT_TRUE(trigger.report_batch_item_failures);
    EXPECT_EQ(trigger.on_failure.kind, triggers::OnFailure::Kind::Folder);
    EXPECT_TRUE(trigger.on_failure.place.ends_with("failed")) << trigger.on_failure.place;
    EXPECT_FALSE(trigger.enabled);
    ASSERT_EQ(config->destinations.size(), 2u);
    EXPECT_EQ(config->destinations[0].arn, "arn:aws:sqs:us-east-1:000000000000:q");
    EXPECT_EQ(config->destinations[0].to.kind, triggers::OnFailure::Kind::Function);
    EXPECT_EQ(config->destinations[0].to.place, "totals");
    EXPECT_EQ(config->destinations[1].to.place, "/bucket");
}

// If it fails, a pattern asks for the text "101" where it was given the number, or the other way.
TEST(Config, ReadsFiltersWithTheTypesOfYaml) {
    const auto config = from_file(R"(
tables: [{name: music, keys: {hash: id S}}]
functions: [{name: totals, command: cat}]
triggers:
  - table: music
    function: totals
    filters:
      - eventName: [INSERT, "MODIFY"]
        dynamodb:
          NewImage:
            n: {N: ["101", '102']}
            flag: {BOOL: [true, "true", null, ~, no, 1.5, -2, 0x10, ""]}
      - '{"eventName": ["REMOVE"]}'
  - {name: all, table: music, function: totals, filters: []}
)");
    ASSERT_TRUE(config) << config.error().message;
    const auto& filter = config->triggers.at(0).spec.filter;
    ASSERT_NE(filter, nullptr);
    ASSERT_EQ(filter->patterns().size(), 2U);
    EXPECT_EQ(filter->patterns()[0].text(),
              R"({"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"n":{"N":["101","102"]},)"
              R"("flag":{"BOOL":[true,"true",null,null,"no",1.5,-2,"0x10",""]}}}})");
    EXPECT_EQ(filter->patterns()[1].text(), R"({"eventName": ["REMOVE"]})");
    EXPECT_EQ(config->triggers.at(1).spec.filter, nullptr);
}

// If it fails, a table in a file has no stream, and nobody's trigger fires.
TEST(Config, GivesATableAStreamUnlessToldOtherwise) {
    const auto config = from_file(
        "tables: [{name: one, keys: {hash: id S}}, {name: two, keys: {hash: id S}, stream: off}]");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->tables[0].spec.stream, shardlog::StreamViewType::NewAndOldImages);
    EXPECT_EQ(config->tables[0].spec.billing, capture::BillingMode::PayPerRequest);
    EXPECT_FALSE(config->tables[1].spec.stream.has_value());
}

// If it fails, a table's longer retention is read and not kept.
TEST(Config, ATablesStreamMayKeepChangesLonger) {
    const auto config = from_file(
        "retention: 2h\ntables: [{name: one, keys: {hash: id S}, stream_retention: 7d}, "
        "{name: two, keys: {hash: id S}}]");
    ASSERT_TRUE(config) << config.error().message;
    const std::map<shardlog::TableName, Milliseconds> wanted = {
        {shardlog::TableName{"one"}, std::chrono::hours(7 * 24)}};
    EXPECT_EQ(config->node.log.table_retention, wanted);
}

// If it fails, an operator's flag or variable is overruled by a file, or the other way round.
TEST(Config, LetsFlagsWinOverVariablesAndThoseOverTheFile) {
    ConfigSources sources{.file_name = "here/millbeck.yaml",
                          .file_text =
                              "retention: 1h\nregion: file-1\ndata: store\n"
                              "unhealthy_after: 5s",
                          .environment = {{"MILLBECK_RETENTION", "2h"},
                                          {"MILLBECK_REGION", "variable-1"},
                                          {"MILLBECK_CRASH_AT", "somebody else's"},
                                          {"OTHER", "x"}},
                          .flags = {{"retention", "3h"}}};
    const auto config = build_config(sources);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->node.log.retention, std::chrono::hours(3));
    EXPECT_EQ(config->node.identity.region, "variable-1");
    EXPECT_EQ(config->node.unhealthy_after, Milliseconds{5'000});
    EXPECT_EQ(config->node.data, base::Path("here/store")) << "paths in a file start at the file";

    sources.environment = {{"MILLBECK_DATA", "elsewhere"}};
    EXPECT_EQ(build_config(sources)->node.data, base::Path("elsewhere"));
}

// If it fails, a misspelt variable does nothing and says nothing.
TEST(Config, NamesTheVariableOrFlagThatIsWrong) {
    const auto complaint = [](std::map<std::string, std::string> environment,
                              std::vector<std::pair<std::string, std::string>> flags) {
        const auto config = build_config({.file_name = "",
                                          .file_text = "",
                                          .environment = std::move(environment),
                                          .flags = std::move(flags)});
        return config ? "accepted" : config.error().message;
    };
    EXPECT_EQ(complaint({{"MILLBECK_LISTN", "127.0.0.1:1"}}, {}),
              "unknown environment variable MILLBECK_LISTN; did you mean MILLBECK_LISTEN?");
    EXPECT_EQ(complaint({{"MILLBECK_HTTP_THREADS", "65"}}, {}),
              "MILLBECK_HTTP_THREADS: 65 is out of range; allowed is 0 to 64");
    EXPECT_EQ(complaint({}, {{"shard_roll_after", "1"}}),
              "--shard-roll-after: \"1\" is not a duration; write a whole number and a unit, like "
              "500ms, 10s, 5m, 24h or 7d");
}

// If it fails, a server starts and every delivery fails.
TEST(Config, MissesExecutablesAndFoldersBeforeAnythingStarts) {
    const tests::TempFolder folder;
    const std::string file = (folder.path() / "millbeck.yaml").native();
    const auto complaint = [&](const std::string& function) {
        const auto config = build_config({.file_name = file,
                                          .file_text = "functions:\n  - " + function,
                                          .environment = {},
                                          .flags = {}});
        EXPECT_TRUE(config) << config.error().message;
        const auto checked = check_executables(*config);
        return checked ? "accepted" : checked.error().message;
    };
    EXPECT_EQ(complaint("{name: a, command: cat}"), "accepted");
    EXPECT_EQ(complaint("{name: a, command: /bin/cat}"), "accepted");
    const std::string missing = complaint("{name: a, command: [no-such-program-here]}");
    EXPECT_TRUE(missing.starts_with(file + ":2: function \"a\": ")) << missing;
    EXPECT_NE(missing.find("no-such-program-here"), std::string::npos) << missing;
    const std::string relative = complaint("{name: a, command: ./handler}");
    EXPECT_NE(relative.find((folder.path() / "handler").native()), std::string::npos) << relative;
    EXPECT_EQ(complaint("{name: a, command: cat, working_folder: gone}"),
              file + ":2: function \"a\": working_folder " + (folder.path() / "gone").native() +
                  " is not a folder");
    EXPECT_EQ(complaint("{name: a, protocol: runtime, command: cat}"), "accepted");
    EXPECT_EQ(complaint("{name: a, protocol: runtime, command: cat, code: gone}"),
              file + ":2: function \"a\": code: " + (folder.path() / "gone").native() +
                  " is not a folder");
    EXPECT_EQ(complaint("{name: a, protocol: runtime, runtime: provided.al2023}"),
              file +
                  ":2: function \"a\": runtime provided.al2023 needs an executable file "
                  "\"bootstrap\" in the code folder, and " +
                  (folder.path() / "bootstrap").native() + " does not exist");
}

// If it fails, a function for Lambda runs in another folder, or under another name.
TEST(Config, ReadsAFunctionMadeForLambda) {
    const auto config = build_config(
        {.file_name = "/here/millbeck.yaml",
         .file_text = "region: eu-west-1\naccount_id: \"123456789012\"\nfunctions:\n"
                      "  - {name: totals, protocol: runtime, code: lib, runtime: python3.11, "
                      "handler: app.handler, memory: 512, timeout: 5s}\n"
                      "  - {name: other, protocol: runtime, command: ./run}",
         .environment = {},
         .flags = {}});
    ASSERT_TRUE(config) << config.error().message;
    const sinks::HandlerOptions& totals = config->functions.at(0).handler;
    EXPECT_EQ(totals.protocol, sinks::HandlerProtocol::Runtime);
    EXPECT_EQ(totals.lambda.code, base::Path("/here/lib"));
    EXPECT_EQ(totals.lambda.runtime, "python3.11");
    EXPECT_EQ(totals.lambda.handler, "app.handler");
    EXPECT_EQ(totals.lambda.memory_mb, 512U);
    EXPECT_EQ(totals.lambda.region, "eu-west-1");
    EXPECT_EQ(totals.lambda.account, "123456789012");
    EXPECT_EQ(totals.timeout, Milliseconds{5'000});
    EXPECT_EQ(totals.working_folder, base::Path());
    EXPECT_EQ(config->functions.at(1).handler.lambda.code, base::Path("/here"));
}

// If it fails, the reference does not tell what the program takes.
TEST(Reference, ListsEverySetting) {
    tests::expect_golden("runtime/config.md", config_reference());
}

// If it fails, a default is outside of its own range, or a row cannot be set at all.
TEST(Settings, TakeTheirOwnDefaults) {
    for (const auto& setting : node_settings()) {
        NodeSettings node;
        std::string text = setting.fallback;
        std::erase(text, '"');
        const auto set = setting.set(node, Value::of(text));
        EXPECT_TRUE(set) << setting.key << ": " << set.error().message;
    }
}

}  // namespace
}  // namespace millbeck::runtime
