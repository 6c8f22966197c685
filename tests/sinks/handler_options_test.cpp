#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/sinks/handler_harness.hpp"

namespace millbeck::sinks {
namespace {

using base::Code;
using base::Milliseconds;

class HandlerOptionsTest : public HandlerTest {
  protected:
    base::Error refusal(HandlerOptions options) {
        auto opened = open_handler(std::move(options), clock, metrics, lines.receiver());
        if (opened) {
            ADD_FAILURE() << "opened";
            return {};
        }
        return opened.error();
    }
};

// If it fails, a typing error in the configuration shows up with the first put, not at the start.
TEST_F(HandlerOptionsTest, RefusesWhatCannotWork) {
    const std::vector<std::pair<std::function<void(HandlerOptions&)>, std::string>> rows = {
        {[](HandlerOptions& o) { o.command = {}; }, "the command is empty"},
        {[](HandlerOptions& o) { o.command = {""}; }, "the command is empty"},
        {[](HandlerOptions& o) { o.timeout = Milliseconds{0}; },
         "timeout must be between 1 ms and 900 s"},
        {[](HandlerOptions& o) { o.timeout = Milliseconds{900'001}; },
         "timeout must be between 1 ms and 900 s"},
        {[](HandlerOptions& o) { o.concurrency = 0; }, "concurrency must be between 1 and 1000"},
        {[](HandlerOptions& o) { o.concurrency = 1001; }, "concurrency must be between 1 and 1000"},
        {[](HandlerOptions& o) { o.kill_grace = Milliseconds{60'001}; },
         "kill_grace must be between 0 and 60 s"},
        {[](HandlerOptions& o) { o.reply_bytes_max = 0; },
         "reply_bytes_max must be between 1 byte and 6 MB"},
    };
    for (const auto& [change, message] : rows) {
        HandlerOptions options = handler_options({"ack"});
        change(options);
        const base::Error error = refusal(options);
        EXPECT_EQ(error.code, Code::Invalid);
        EXPECT_EQ(error.message, "function fn: " + message);
    }
}

TEST_F(HandlerOptionsTest, NamesAMissingExecutable) {
    HandlerOptions options = handler_options({});
    options.command = {"/no/such/handler"};
    const base::Error error = refusal(options);
    EXPECT_EQ(error.code, Code::NotFound);
    EXPECT_NE(error.message.find("function fn: "), std::string::npos);
    EXPECT_NE(error.message.find("/no/such/handler"), std::string::npos);
}

TEST_F(HandlerOptionsTest, NamesAFileThatIsNotExecutable) {
    const auto path = folder.path() / "data.txt";
    std::ofstream(path) << "hello";
    HandlerOptions options = handler_options({});
    options.command = {path.native()};
    EXPECT_EQ(refusal(options).code, Code::Io);
}

// If it fails, a handler beside its data works only when the server is started in that folder.
TEST_F(HandlerOptionsTest, LooksForARelativeCommandInTheWorkingFolder) {
    const auto path = folder.path() / "handler.sh";
    std::ofstream(path) << "#!/bin/sh\nread event\necho \"\\\"$NAME in $(pwd)\\\"\"\n";
    ASSERT_EQ(::chmod(path.c_str(), 0700), 0);
    HandlerOptions options = handler_options({});
    options.command = {"./handler.sh"};
    options.working_folder = folder.path();
    options.environment = {{"NAME", "me"}};
    open(options);
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(outcome.reply,
              "\"me in " + std::filesystem::canonical(folder.path()).native() + "\"");
}

}  // namespace
}  // namespace millbeck::sinks
