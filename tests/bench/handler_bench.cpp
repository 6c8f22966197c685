// Round trips to handlers that live on: one batch of one record of 600 bytes out, one reply back.
// Usage: handler_bench [--quick] [pipe_cpp] [pipe_python] [runtime_api_cpp] [runtime_api_python]
// One JSON line per figure; without names, all of them. `--as-handler` is the C++ handler itself.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "sinks/handler/handler.hpp"
#include "sinks/handler/output_pump.hpp"

namespace millbeck::sinks {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kRecordBytes = 600;

// Acknowledges each line at once.
int run_handler() {
    std::vector<char> buffer(1 << 16);
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got <= 0) {
            return 0;
        }
        const auto end = buffer.begin() + got;
        for (auto lines = std::count(buffer.begin(), end, '\n'); lines > 0; --lines) {
            if (::write(STDOUT_FILENO, "{}\n", 3) != 3) {
                return 1;
            }
        }
    }
}

// The handler most people write: every event is parsed.
constexpr std::string_view kPython =
    "import json, sys\n"
    "for line in sys.stdin:\n"
    "    records = json.loads(line)['Records']\n"
    "    print('{}', flush=True)\n";

Batch one_record() {
    auto record = std::make_shared<std::string>(R"({"eventID":"0","dynamodb":{"NewImage":")");
    record->append(kRecordBytes - record->size() - 3, 'v');
    *record += "\"}}";
    Batch batch;
    batch.request_id = "request";
    batch.trigger = "bench";
    batch.shard_id = "shard";
    batch.messages = {{"1", R"({"id":{"S":"1"}})", *record}};
    batch.payload_bytes = record->size();
    batch.memory = std::move(record);
    return batch;
}

constexpr std::string_view kPythonFunction =
    "def handler(event, context):\n"
    "    records = event['Records']\n"
    "    return {}\n";

bool measure(std::string_view name, HandlerOptions options, std::size_t batches) {
    const base::SystemClock clock;
    base::Metrics metrics;
    const auto pump = OutputPump::create();
    if (!pump) {
        fmt::print(stderr, "handler_bench: {}\n", pump.error().message);
        return false;
    }
    const std::jthread pumping([&](std::stop_token stop) { (*pump)->run(std::move(stop)); });
    options.function = "bench";
    const auto sink = open_handler(
        std::move(options), clock, metrics,
        [](std::string_view, std::string_view line) { fmt::print(stderr, "{}\n", line); },
        pump->get());
    if (!sink) {
        fmt::print(stderr, "handler_bench: {}\n", sink.error().message);
        return false;
    }
    const Batch batch = one_record();
    std::vector<double> micros;
    micros.reserve(batches);
    const std::size_t warm_up = batches / 10;
    SteadyClock::time_point begin;
    for (std::size_t i = 0; i < warm_up + batches; ++i) {
        const auto start = SteadyClock::now();
        if (i == warm_up) {
            begin = start;
        }
        const Outcome outcome = (*sink)->deliver(batch, clock.instant() + std::chrono::seconds{10});
        if (outcome.kind != Outcome::Kind::Delivered) {
            fmt::print(stderr, "handler_bench: {}\n", outcome.error.message);
            return false;
        }
        if (i >= warm_up) {
            micros.push_back(
                std::chrono::duration<double, std::micro>(SteadyClock::now() - start).count());
        }
    }
    const std::chrono::duration<double> took = SteadyClock::now() - begin;
    std::sort(micros.begin(), micros.end());
    fmt::print(
        "{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"batches/s\", \"p50_us\": {:.1f}, "
        "\"p99_us\": {:.1f}}}\n",
        name, static_cast<double>(batches) / took.count(), micros[micros.size() / 2],
        micros[micros.size() * 99 / 100]);
    return true;
}

bool measure_pipe(std::string_view name, std::vector<std::string> command, std::size_t batches) {
    HandlerOptions options;
    options.command = std::move(command);
    return measure(name, std::move(options), batches);
}

bool measure_runtime_cpp(const std::filesystem::path& self, std::size_t batches) {
    HandlerOptions options;
    options.protocol = HandlerProtocol::Runtime;
    options.command = {self.parent_path() / "ack_function"};
    options.lambda.code = self.parent_path();
    return measure("runtime_api_cpp", std::move(options), batches);
}

bool measure_runtime_python(std::size_t batches) {
    std::string folder = std::filesystem::temp_directory_path() / "millbeck-bench-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) {
        return false;
    }
    std::ofstream(std::filesystem::path(folder) / "app.py") << kPythonFunction;
    HandlerOptions options;
    options.protocol = HandlerProtocol::Runtime;
    options.lambda.code = folder;
    options.lambda.runtime = "python3";
    options.lambda.handler = "app.handler";
    const bool good = measure("runtime_api_python", std::move(options), batches);
    std::filesystem::remove_all(folder);
    return good;
}

}  // namespace
}  // namespace millbeck::sinks

int main(int argc, char** argv) {
    std::size_t batches = 200'000;
    std::set<std::string> names;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--as-handler") {
            return millbeck::sinks::run_handler();
        }
        if (argument == "--quick") {
            batches = 20'000;
        } else if (argument == "pipe_cpp" || argument == "pipe_python" ||
                   argument == "runtime_api_cpp" || argument == "runtime_api_python") {
            names.insert(argument);
        } else {
            fmt::print(stderr,
                       "usage: handler_bench [--quick] [pipe_cpp] [pipe_python] [runtime_api_cpp] "
                       "[runtime_api_python]\n");
            return 2;
        }
    }
    namespace sinks = millbeck::sinks;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
    const auto wanted = [&](const char* name) { return names.empty() || names.contains(name); };
    bool good = true;
    if (wanted("pipe_cpp")) {
        good = sinks::measure_pipe("pipe_cpp", {self.native(), "--as-handler"}, batches);
    }
    if (good && wanted("pipe_python")) {
        good = sinks::measure_pipe("pipe_python", {"python3", "-c", std::string(sinks::kPython)},
                                   batches / 5);
    }
    if (good && wanted("runtime_api_cpp")) {
        good = sinks::measure_runtime_cpp(self, batches / 2);
    }
    if (good && wanted("runtime_api_python")) {
        good = sinks::measure_runtime_python(batches / 10);
    }
    return good ? 0 : 1;
}
