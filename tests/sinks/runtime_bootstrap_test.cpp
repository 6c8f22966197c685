// What is started for a function: the bootstraps of Millbeck, those of the function, and what is
// not there.
#include <functional>

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "tests/sinks/runtime_harness.hpp"

namespace millbeck::sinks {
namespace {

using base::Code;
using Kind = Outcome::Kind;
using Json = nlohmann::json;

using RuntimeBootstrapTest = RuntimeHandlerTest;

constexpr const char* kPythonSource = R"(
import logging, os
log = logging.getLogger()
log.setLevel("INFO")
def handler(event, context):
    if len(event["Records"]) == 2:
        raise KeyError("two")
    if len(event["Records"]) == 3:
        return object()
    print("plain", end="")
    log.info("seen %s", len(event["Records"]))
    assert 0 < context.get_remaining_time_in_millis() <= 60_000
    assert os.environ["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    return [context.aws_request_id, context.function_name, context.memory_limit_in_mb,
            context.invoked_function_arn, "blå"]
)";

// If it fails, a plain Lambda source file does not run.
TEST_F(RuntimeBootstrapTest, RunsPython) {
    open_source("python3", "app.py", kPythonSource);
    EXPECT_EQ(deliver(1).reply,
              R"(["request-1", "fn", "128", "arn:aws:lambda:us-east-1:000000000000:function:fn", )"
              R"("blå"])");
    EXPECT_EQ(lines.all().back().substr(0, 16), "fn: plain[INFO]\t");
    EXPECT_NE(lines.all().back().find("Z\trequest-1\tseen 1"), std::string::npos);
    const Outcome failed = deliver(make_batch(2, 2));
    EXPECT_EQ(failed.error.message, "KeyError: 'two'");
    const Json error = Json::parse(failed.reply);
    EXPECT_EQ(error["requestId"], "request-2");
    ASSERT_EQ(error["stackTrace"].size(), 1U) << failed.reply;
    EXPECT_NE(error["stackTrace"][0].get<std::string>().find("line 7, in handler"),
              std::string::npos);
    EXPECT_EQ(deliver(make_batch(3, 3)).reply,
              R"({"errorMessage": "Unable to marshal response: Object of type object is not JSON )"
              R"(serializable", "errorType": "Runtime.MarshalError", "stackTrace": [], )"
              R"("requestId": "request-3"})");
    EXPECT_EQ(starts(), 1);
}

TEST_F(RuntimeBootstrapTest, SaysWhyPythonCannotStart) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"import missing",
         "Runtime.ImportModuleError: Unable to import module 'app': No module "
         "named 'missing'"},
        {"def x(:",
         "Runtime.UserCodeSyntaxError: Syntax error in module 'app': invalid syntax "
         "(app.py, line 1)"},
        {"x = 1", "Runtime.HandlerNotFound: Handler 'handler' missing on module 'app'"},
        {"raise ValueError('at import')", "ValueError: at import"},
    };
    for (const auto& [source, message] : rows) {
        std::filesystem::remove_all(folder.path() / "__pycache__");
        open_source("python3", "app.py", source + "\n");
        EXPECT_EQ(deliver().error.message, message);
    }
}

constexpr const char* kNodeSource = R"(
exports.handler = async (event, context) => {
  if (event.Records.length === 2) throw new TypeError("two");
  console.log("seen", event.Records.length);
  if (!(context.getRemainingTimeInMillis() > 0)) throw new Error("no time");
  return [context.awsRequestId, context.functionName, context.memoryLimitInMB, "blå"];
};
)";

TEST_F(RuntimeBootstrapTest, RunsNode) {
    open_source("nodejs", "app.js", kNodeSource);
    EXPECT_EQ(deliver(1).reply, R"(["request-1","fn","128","blå"])");
    EXPECT_NE(lines.all().back().find("Z\trequest-1\tINFO\tseen 1"), std::string::npos);
    const Outcome failed = deliver(make_batch(2, 2));
    EXPECT_EQ(failed.error.message, "TypeError: two");
    EXPECT_EQ(Json::parse(failed.reply)["trace"][0], "TypeError: two");
    EXPECT_EQ(starts(), 1);
}

TEST_F(RuntimeBootstrapTest, RunsEachStyleOfNode) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"exports.handler = (event, context, callback) => "
         "setImmediate(() => callback(null, {late: 1}));",
         R"({"late":1})"},
        {"exports.handler = (event, context) => context.succeed('done');", R"("done")"},
        {"exports.handler = () => {};", "null"},
        {"exports.handler = async () => {};", "null"},
    };
    for (const auto& [source, reply] : rows) {
        open_source("nodejs", "app.js", source);
        EXPECT_EQ(deliver().reply, reply) << source;
    }
    std::filesystem::remove(folder.path() / "app.js");
    open_source("nodejs", "app.mjs", "export const handler = async () => 'module';");
    EXPECT_EQ(deliver().reply, R"("module")");
}

TEST_F(RuntimeBootstrapTest, SaysWhyNodeCannotGoOn) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"require('missing');", "Runtime.ImportModuleError: Error: Cannot find module 'missing'"},
        {"let = ;", "Runtime.UserCodeSyntaxError: SyntaxError: Unexpected token ';'"},
        {"exports.other = 1;", "Runtime.HandlerNotFound: app.handler is undefined or not exported"},
        {"exports.handler = async () => 10n;",
         "Runtime.MarshalError: Unable to stringify response body: Do not know how to serialize a "
         "BigInt"},
        {"exports.handler = async () => { Promise.reject(new Error('lost')); "
         "await new Promise(() => setInterval(() => {}, 1000)); };",
         "Runtime.UnhandledPromiseRejection: Error: lost"},
    };
    for (const auto& [source, message] : rows) {
        open_source("nodejs", "app.js", source);
        const std::string said = deliver().error.message;
        EXPECT_EQ(said.substr(0, message.size()), message);
    }
}

// ---- What is not there.

struct MissingRow {
    std::function<void(HandlerOptions&, const std::filesystem::path&)> change;
    Code code;
    std::string message;  // FOLDER stands for the code folder
};

// If it fails, what is missing shows up at the first event, not at the start.
TEST_F(RuntimeBootstrapTest, RefusesByASentenceWhatIsNotThere) {
    using Path = std::filesystem::path;
    const std::vector<MissingRow> rows{
        {[](HandlerOptions& o, const Path&) { o.lambda.runtime = "provided.al2023"; },
         Code::NotFound,
         R"(runtime provided.al2023 needs an executable file "bootstrap" in the code folder, and )"
         "FOLDER/bootstrap does not exist"},
        {[](HandlerOptions& o, const Path& code) {
             o.lambda.runtime = "provided.al2";
             std::ofstream(code / "bootstrap") << "#!/bin/sh\n";
         },
         Code::Io,
         R"(FOLDER/bootstrap is not an executable file; the mode bits of "bootstrap" must let it )"
         "run: chmod +x"},
        {[](HandlerOptions& o, const Path&) { o.lambda.runtime = "python3.99"; }, Code::NotFound,
         R"(runtime python3.99 needs python3.99: no executable "python3.99" on PATH)"},
        {[](HandlerOptions& o, const Path&) { o.lambda.runtime = "java21"; }, Code::Invalid,
         "runtime java21 is not here; there are provided.al2023, provided.al2, python3, python3.N, "
         "nodejs and nodejsN.x; any other client of the Runtime API runs as a command"},
        {[](HandlerOptions& o, const Path&) {
             o.lambda.runtime = "python3";
             o.lambda.handler = "";
         },
         Code::Invalid, "runtime python3 needs a handler, like app.handler"},
        {[](HandlerOptions& o, const Path&) {
             o.lambda.code = "/no/such/folder";
             o.lambda.runtime = "python3";
         },
         Code::NotFound, "code: /no/such/folder is not a folder"},
        {[](HandlerOptions& o, const Path&) {
             o.lambda.runtime = "python3";
             o.command = {"x"};
         },
         Code::Invalid, "protocol runtime takes either a runtime or a command"},
        {[](HandlerOptions& o, const Path&) {
             o.lambda.runtime = "python3";
             o.lambda.memory_mb = 127;
         },
         Code::Invalid, "memory must be between 128 and 10240"},
        {[](HandlerOptions& o, const Path&) {
             o.lambda.runtime = "python3";
             o.environment = {{"AWS_REGION", "x"}, {"FINE", "y"}, {"_HANDLER", "z"}};
         },
         Code::Invalid,
         "Lambda was unable to configure your environment variables because the environment "
         "variables you have provided contains reserved keys that are currently not supported for "
         "modification. Reserved keys used in this request: AWS_REGION, _HANDLER"},
    };
    for (const MissingRow& row : rows) {
        HandlerOptions options = function({});
        options.command.clear();
        row.change(options, folder.path());
        const auto opened = open_handler(options, clock, metrics, lines.receiver());
        ASSERT_FALSE(opened) << row.message;
        std::string message = "function fn: " + row.message;
        const auto at = message.find("FOLDER");
        if (at != std::string::npos) {
            message.replace(at, 6, folder.path().native());
        }
        EXPECT_EQ(opened.error().message, message);
        EXPECT_EQ(opened.error().code, row.code) << row.message;
    }
}

TEST_F(RuntimeBootstrapTest, ComparesTheVersionOfNode) {
    HandlerOptions options = function({});
    options.command.clear();
    options.lambda.runtime = "nodejs1.x";
    const auto opened = open_handler(options, clock, metrics, lines.receiver());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message.find(
                  "function fn: runtime nodejs1.x needs node 1, and the node on PATH says v"),
              0U)
        << opened.error().message;
}

// If it fails, functions in Go, Rust and C++ do not run as they are.
TEST_F(RuntimeBootstrapTest, RunsABootstrap) {
    std::ofstream(folder.path() / "bootstrap")
        << "#!/bin/sh\necho $_HANDLER in $(pwd)\nexec " << MILLBECK_TEST_FUNCTION << " ack\n";
    ASSERT_EQ(::chmod(file("bootstrap").c_str(), 0700), 0);
    HandlerOptions options = function({});
    options.command.clear();
    options.lambda.runtime = "provided.al2023";
    open(options);
    EXPECT_EQ(deliver().reply, "{}");
    EXPECT_EQ(lines.all().front(),
              "fn: app.handler in " + std::filesystem::canonical(folder.path()).native());
}

// If it fails, the first event after a file vanished hangs, or counts as delivered.
TEST_F(RuntimeBootstrapTest, ABootstrapThatVanishedIsAnInvalidEntrypoint) {
    std::ofstream(folder.path() / "bootstrap") << "#!/bin/sh\nexit 1\n";
    ASSERT_EQ(::chmod(file("bootstrap").c_str(), 0700), 0);
    HandlerOptions options = function({});
    options.command.clear();
    options.lambda.runtime = "provided.al2023";
    open(options);
    std::filesystem::remove(folder.path() / "bootstrap");
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::Failed);
    EXPECT_EQ(outcome.reply,
              R"({"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: request-1 )"
              "Error: Couldn't find valid bootstrap(s): [" +
                  file("bootstrap") + R"(]"})");
}

}  // namespace
}  // namespace millbeck::sinks
