// HTTP/1.1 on Boost.Beast coroutines, without Beast in the header: one io_context and one thread
// per core, keep-alive, pipelining (answers in order), limits before allocation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"

namespace millbeck::base {

struct HttpServerOptions {
    std::string address = "127.0.0.1";       // IPv4 or IPv6 text
    std::uint16_t port = 8000;               // 0 takes a free one; see HttpServer::port()
    unsigned threads = 0;                    // io_contexts; 0: one per core; range 0 .. 64
    std::size_t body_bytes_max = 16u << 20;  // larger: 413, connection closed
    // Requests whose target begins with this may have larger bodies; "" is none.
    std::string large_target = {};
    std::size_t large_body_bytes_max = 0;
    std::size_t header_bytes_max = 16u << 10;  // larger: 400 (431 is not what DynamoDB answers)
    std::size_t connections_max = 10'000;      // more: accepted and closed at once
    Milliseconds idle_timeout{75'000};  // between requests, and for the whole of one request's read
};

// One request, borrowed: valid until the Responder has been called.
class HttpRequest {
  public:
    virtual ~HttpRequest() = default;
    [[nodiscard]] virtual std::string_view method() const = 0;  // "POST"
    [[nodiscard]] virtual std::string_view target() const = 0;  // "/path?query", as sent
    [[nodiscard]] virtual std::string_view body() const = 0;    // de-chunked, not unzipped
    // Case-insensitive; empty when absent.
    [[nodiscard]] virtual std::string_view header(std::string_view name) const = 0;
    // True once the peer has gone: long polls may stop early. Checked, never signalled.
    [[nodiscard]] virtual bool peer_closed() const = 0;
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "application/x-amz-json-1.0";
    std::vector<std::pair<std::string, std::string>> headers;  // besides Date, Server, Content-*
    std::string body;
};

// Called exactly once per request, from any thread, at once or later. Cheap: hands the response to
// the connection's thread. Calls after the connection died are ignored.
using Responder = std::function<void(HttpResponse)>;

// Runs on the connection's thread: must not block. `request` lives until `respond` was called.
using HttpHandler = std::function<void(const HttpRequest& request, Responder respond)>;

// Threads: started and joined here on behalf of runtime (the one exception to "rooms own no
// threads", as librdkafka's); start() and stop() by one thread.
class HttpServer {
  public:
    // Binds and listens. InUse names the port that is taken; Io.
    static Result<std::unique_ptr<HttpServer>> open(HttpServerOptions options, HttpHandler handler,
                                                    Metrics& metrics);
    virtual ~HttpServer() = default;

    virtual void start() = 0;
    [[nodiscard]] virtual std::uint16_t port() const = 0;

    // No new connections or requests; waits for the answers in flight, at most `deadline`; then
    // closes everything and joins.
    virtual void stop(Milliseconds deadline) = 0;
};

}  // namespace millbeck::base
