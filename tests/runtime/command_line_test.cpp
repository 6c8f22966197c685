#include "runtime/cli/command_line.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "runtime/cli/columns.hpp"
#include "runtime/cli/live_output.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime::cli {
namespace {

struct Ran {
    int code = -1;
    std::string out;
    std::string err;
};

Ran run(const std::vector<std::string>& arguments,
        std::map<std::string, std::string> environment = {}) {
    std::ostringstream out;
    std::ostringstream err;
    Terminal terminal{.out = out, .err = err, .colours = false, .environment = {}};
    terminal.environment = std::move(environment);
    const int code = run_command_line(arguments, terminal);
    return {code, out.str(), err.str()};
}

// If it fails, the first thing a newcomer types says something else than was reviewed.
TEST(CommandLine, HelpTeaches) {
    tests::expect_golden("runtime/help.txt", run({"--help"}).out);
    for (const std::string command :
         {"serve",  "dev",     "tail",   "get",         "history", "triggers",  "shards", "dlq",
          "log",    "pin",     "parked", "checkpoints", "inject",  "export",    "import", "restore",
          "replay", "replays", "wait",   "status",      "config",  "completion"}) {
        const Ran help = run({command, "--help"});
        EXPECT_EQ(help.code, kExitOk);
        tests::expect_golden("runtime/help_" + command + ".txt", help.out);
    }
}

// If it fails, the TAB key offers what is not there, or a shell refuses the script.
TEST(CommandLine, CompletionKnowsTheTree) {
    for (const std::string shell : {"bash", "zsh", "fish"}) {
        const Ran script = run({"completion", shell});
        EXPECT_EQ(script.code, kExitOk);
        tests::expect_golden("runtime/completion_" + shell + ".txt", script.out);
    }
}

struct WrongRow {
    std::vector<std::string> arguments;
    std::string sentence;
};

// If it fails, a typo is answered with a wall of help, or with silence.
TEST(CommandLine, SaysWhatIsWrongAndWhatMayBeMeant) {
    const std::vector<WrongRow> rows{
        {{"sreve"},
         "millbeck: unknown command \"sreve\"; did you mean \"serve\"? (\"millbeck --help\" says "
         "more)\n"},
        {{"zzz"}, "millbeck: unknown command \"zzz\" (\"millbeck --help\" says more)\n"},
        {{"serve", "--lisen", "x"},
         "millbeck serve: unknown option --lisen; did you mean \"--listen\"? (\"millbeck serve "
         "--help\" says more)\n"},
        {{"serve", "--lisen=x"},
         "millbeck serve: unknown option --lisen; did you mean \"--listen\"? (\"millbeck serve "
         "--help\" says more)\n"},
        {{"triggers", "now"},
         "millbeck triggers: \"now\" is not one of list, add, update, remove\n"},
        {{"triggers", "ad"},
         "millbeck triggers: \"ad\" is not one of list, add, update, remove; did you mean "
         "\"add\"?\n"},
        {{"triggers", "add", "--table", "t"},
         "millbeck triggers: add takes --table and --function\n"},
        {{"triggers", "add", "u"}, "millbeck triggers: add takes no UUID\n"},
        {{"triggers", "update", "u"}, "millbeck triggers: update takes settings\n"},
        {{"triggers", "update", "--enabled", "false"}, "millbeck triggers: update takes UUIDs\n"},
        {{"triggers", "update", "u", "--table", "t"},
         "millbeck triggers: update cannot change --table\n"},
        {{"triggers", "remove"}, "millbeck triggers: remove takes UUIDs\n"},
        {{"triggers", "remove", "u", "--enabled", "false"},
         "millbeck triggers: remove takes no --enabled\n"},
        {{"triggers", "--batch-size", "1"}, "millbeck triggers: list takes no --batch-size\n"},
        {{"triggers", "update", "u", "--batch-size", "0"},
         "millbeck: --batch-size: 0 is out of range; allowed is 1 to 10000\n"},
        {{"triggers", "update", "u", "--batching-window", "1500ms"},
         "millbeck: --batching-window: must be whole seconds\n"},
        {{"triggers", "update", "u", "--on-failure", "{folder: f}"},
         "millbeck: --on-failure: such a place needs an ARN that stands for it under destinations "
         "in the configuration; name that ARN\n"},
        {{"triggers", "update", "u", "--on-poison", "prk"},
         "millbeck: --on-poison: \"prk\" is not one of give-up, park; did you mean \"park\"?\n"},
        {{"tail"}, "millbeck tail: TABLE is required (\"millbeck tail --help\" says more)\n"},
        {{"wait"}, "millbeck wait: --drained is required (\"millbeck wait --help\" says more)\n"},
        {{"wait", "--drained", "--timeout", "soon"},
         "millbeck wait: --timeout: \"soon\" is not a duration; write a whole number and a unit, "
         "like 500ms, 10s, 5m, 24h or 7d\n"},
        {{"wait", "--drained", "--timeout", "2h"},
         "millbeck wait: --timeout: 2h is more than 1h\n"},
        {{"shards", "music", "rol"},
         "millbeck shards: \"rol\" is not one of roll, split, merge; did you mean \"roll\"?\n"},
        {{"shards", "music", "split"}, "millbeck shards: split takes one shard id\n"},
        {{"shards", "music", "merge", "a"}, "millbeck shards: merge takes two shard ids\n"},
        {{"inject", "dely", "sums"},
         "millbeck inject: \"dely\" is not one of list, clear, duplicate-batch, delay, "
         "fail-handler, crash-after-reply, split-shard, roll-shard, expire-iterators, trim; did "
         "you mean \"delay\"?\n"},
        {{"inject", "trim"}, "millbeck inject: trim takes the name of a table\n"},
        {{"inject", "trim", "music", "--times", "2"}, "millbeck inject: trim takes no --times\n"},
        {{"completion", "bsh"},
         "millbeck completion: \"bsh\" is not one of bash, zsh, fish; did you mean \"bash\"?\n"},
        {{"serve", "--listen", "nowhere"},
         "millbeck: --listen: \"nowhere\" is not an address and a port, like 127.0.0.1:8000 or "
         "[::1]:8000\n"},
        {{"triggers", "--endpoint", "nonsense://"},
         "millbeck: \"nonsense:\" is not the address of a server, like http://127.0.0.1:8000\n"},
    };
    for (const WrongRow& row : rows) {
        const Ran wrong = run(row.arguments);
        EXPECT_EQ(wrong.code, kExitUsage) << row.sentence;
        EXPECT_EQ(wrong.err, row.sentence);
        EXPECT_EQ(wrong.out, "");
    }
}

// If it fails, a command without a server hangs or dumps a stack.
TEST(CommandLine, SaysHowToStartAServerThatIsNotThere) {
    const std::string sentence =
        "millbeck: no server answers at http://127.0.0.1:9; start one with \"millbeck dev\", or "
        "name another with --endpoint\n";
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"triggers"},
                                                      {"status"},
                                                      {"shards", "music"},
                                                      {"tail", "music"},
                                                      {"wait", "--drained"}}) {
        const Ran gone = run(arguments, {{"AWS_ENDPOINT_URL", "http://127.0.0.1:9/"}});
        EXPECT_EQ(gone.code, kExitEnvironment);
        EXPECT_EQ(gone.err, sentence);
    }
}

// If it fails, nothing or everything is printed for a bare `millbeck`.
TEST(CommandLine, TeachesWhenNothingIsAsked) {
    const Ran bare = run({});
    EXPECT_EQ(bare.code, kExitUsage);
    EXPECT_NE(bare.err.find("millbeck dev"), std::string::npos);
}

// If it fails, a missing configuration file is taken for an empty one.
TEST(CommandLine, RefusesAConfigurationFileThatIsNotThere) {
    const tests::TempFolder folder;
    const std::string file = (folder.path() / "gone.yaml").native();
    for (const Ran& missing :
         {run({"serve", "--config", file}), run({"serve"}, {{"MILLBECK_CONFIG", file}})}) {
        EXPECT_EQ(missing.code, kExitUsage);
        EXPECT_TRUE(missing.err.starts_with("millbeck: cannot read the configuration file: "))
            << missing.err;
        EXPECT_NE(missing.err.find(file), std::string::npos) << missing.err;
    }
}

// If it fails, columns run into each other.
TEST(Columns, AreAsWideAsTheirWidestCell) {
    EXPECT_EQ(columns({{"A", "LONG", "C"}, {"aaa", "x", ""}}), "A    LONG  C\naaa  x\n");
}

DeliveryNote note(std::size_t records, const sinks::Outcome& outcome) {
    return {.trigger = "sums",
            .function = "totals",
            .shard = "shardId-1",
            .records = records,
            .lag = base::Milliseconds{7},
            .took = base::Milliseconds{2},
            .outcome = outcome};
}

// The time of day of a line is now; everything after it is fixed.
std::string without_times(const std::string& text) {
    std::string out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const bool timed = line.size() > 13 && line[2] == ':' && line[8] == '.';
        out += (timed ? line.substr(13) : line) + "\n";
    }
    return out;
}

// If it fails, a developer does not see what happened, or it is buried under a thousand lines.
TEST(LiveOutput, ShowsDeliveriesFailuresAndTheHandlersWords) {
    std::ostringstream out;
    {
        LiveOutput live(out, false);
        sinks::Outcome bad;
        bad.kind = sinks::Outcome::Kind::Failed;
        bad.error = {base::Code::Io, "the process ended with exit code 3"};
        sinks::Outcome late = bad;
        late.error = {base::Code::DeadlineExceeded, "Task timed out after 3.00 seconds"};
        live.handler_line("totals", "hello");
        live.delivered(note(1, {}));
        live.handler_line("totals", "again");
        live.delivered(note(2, {}));
        live.delivered(note(3, {}));
        live.delivered(note(1, bad));
        live.delivered(note(1, late));
    }
    EXPECT_EQ(without_times(out.str()),
              "totals | hello\n"
              "sums delivered 1 record, handler 2 ms, lag 7 ms\n"
              "totals | again\n"
              "sums delivered 5 records in 2 batches, handler 2 ms, lag 7 ms\n"
              "sums failed 1 record not delivered: the process ended with exit code 3; will be "
              "tried again\n"
              "sums failed 1 record not delivered: Task timed out after 3.00 seconds; a longer "
              "\"timeout\" of the function may help; will be tried again\n");
}

// If it fails, a handler that floods its stderr slows deliveries or eats the memory.
TEST(LiveOutput, CountsWhatComesTooFast) {
    std::ostringstream out;
    {
        LiveOutput live(out, false);
        for (std::size_t i = 0; i < LiveOutput::kEventsMax + 5; ++i) {
            live.handler_line("totals", "x");
        }
    }
    EXPECT_TRUE(out.str().ends_with("... and 5 more that came too fast to show\n"));
}

}  // namespace
}  // namespace millbeck::runtime::cli
