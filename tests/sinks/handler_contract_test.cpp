// The sink contract on all protocols of the handler sink.
#include "tests/sinks/handler_harness.hpp"
#include "tests/sinks/sink_contract.hpp"

namespace millbeck::sinks {
namespace {

class HandlerTarget : public SinkTarget {
  public:
    HandlerTarget(HandlerProtocol protocol, std::string prefix)
        : protocol_(protocol), prefix_(std::move(prefix)) {}

    std::unique_ptr<Sink> open_working() override { return open({prefix_ + "keep", file()}); }
    std::unique_ptr<Sink> open_hanging() override { return open({prefix_ + "hang"}); }

    std::vector<std::string> durable_ids() override {
        std::vector<std::string> ids;
        constexpr std::string_view kMark = R"("seq":")";
        for (const std::string& event : read_lines(file())) {
            for (auto at = event.find(kMark); at != std::string::npos; at = event.find(kMark, at)) {
                at += kMark.size();
                ids.push_back(event.substr(at, event.find('"', at) - at));
            }
        }
        return ids;
    }

  protected:
    std::unique_ptr<Sink> open(std::vector<std::string> mode) {
        auto options = protocol_ == HandlerProtocol::Runtime
                           ? function_options(std::move(mode))
                           : handler_options(std::move(mode), protocol_);
        options.kill_grace = base::Milliseconds{50};
        auto opened = open_handler(std::move(options), clock_, metrics_,
                                   [](std::string_view, std::string_view) {});
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }

  private:
    [[nodiscard]] std::string file() const { return (folder_.path() / "events").native(); }

    HandlerProtocol protocol_;
    std::string prefix_;
    tests::TempFolder folder_;
    base::SystemClock clock_;
    base::Metrics metrics_;
};

class PipeTarget final : public HandlerTarget {
  public:
    PipeTarget() : HandlerTarget(HandlerProtocol::Pipe, "") {}
    std::unique_ptr<Sink> open_refusing() override { return open({"refuse"}); }
};

class ExecTarget final : public HandlerTarget {
  public:
    ExecTarget() : HandlerTarget(HandlerProtocol::Exec, "exec-") {}
    std::unique_ptr<Sink> open_refusing() override { return open({"exec-exit", "3"}); }
};

class RuntimeTarget final : public HandlerTarget {
  public:
    RuntimeTarget() : HandlerTarget(HandlerProtocol::Runtime, "") {}
    std::unique_ptr<Sink> open_refusing() override { return open({"refuse"}); }
};

// It never asks for an event: the start takes all the time there is.
class StartingTarget final : public HandlerTarget {
  public:
    StartingTarget() : HandlerTarget(HandlerProtocol::Runtime, "") {}
    std::unique_ptr<Sink> open_refusing() override { return open({"refuse"}); }
    std::unique_ptr<Sink> open_hanging() override { return open({"init-hang"}); }
};

INSTANTIATE_TEST_SUITE_P(Pipe, SinkContract, testing::Values(&make_target<PipeTarget>));
INSTANTIATE_TEST_SUITE_P(Exec, SinkContract, testing::Values(&make_target<ExecTarget>));
INSTANTIATE_TEST_SUITE_P(Runtime, SinkContract, testing::Values(&make_target<RuntimeTarget>));
INSTANTIATE_TEST_SUITE_P(RuntimeStart, SinkContract, testing::Values(&make_target<StartingTarget>));

}  // namespace
}  // namespace millbeck::sinks
