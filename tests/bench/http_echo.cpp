// The yardstick of the HTTP benches: the same server, answering every request with `{}`.
// Usage: http_echo --port N [--threads N]; prints the port it listens on; ends on SIGTERM or
// SIGINT.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "base/http_server.hpp"

namespace {

using millbeck::base::HttpRequest;
using millbeck::base::HttpResponse;
using millbeck::base::HttpServer;
using millbeck::base::HttpServerOptions;
using millbeck::base::Responder;

constexpr int kUsage = 2;
constexpr int kEnvironment = 3;

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

bool parse_options(int count, char** arguments, HttpServerOptions& options) {
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = arguments[i];
        const std::string_view value = arguments[i + 1];
        const bool known = (name == "--port" && parse_number(value, options.port)) ||
                           (name == "--threads" && parse_number(value, options.threads));
        if (!known) {
            return false;
        }
    }
    return count % 2 == 1;
}

}  // namespace

int main(int count, char** arguments) {
    HttpServerOptions options;
    if (!parse_options(count, arguments, options)) {
        fmt::print(stderr, "usage: http_echo [--port N] [--threads N]\n");
        return kUsage;
    }
    // Before any thread starts, so that all of them inherit it and sigwait() below gets the signal.
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGTERM);
    sigaddset(&stop_signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

    millbeck::base::Metrics metrics;
    auto server = HttpServer::open(
        options,
        [](const HttpRequest&, const Responder& respond) {
            HttpResponse response;
            response.body = "{}";
            respond(std::move(response));
        },
        metrics);
    if (!server) {
        fmt::print(stderr, "http_echo: {}\n", server.error().message);
        return kEnvironment;
    }
    (*server)->start();
    fmt::print("{}\n", (*server)->port());
    std::fflush(stdout);
    int signal = 0;
    sigwait(&stop_signals, &signal);
    (*server)->stop(millbeck::base::Milliseconds{1000});
    return 0;
}
