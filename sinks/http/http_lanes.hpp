// HTTP requests with a deadline that can be cut off; libcurl inside. What the webhook and the
// DynamoDB sinks speak through.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"

namespace millbeck::sinks {

struct HttpCall {
    std::string body;                  // of the POST
    std::vector<std::string> headers;  // "Name: value"
};

struct HttpAnswer {
    unsigned status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    bool was_sent = true;  // false: there was no connection, so nobody has seen the call
    base::Error error;  // of a call without an answer: Unavailable, DeadlineExceeded, Cancelled, Io
    [[nodiscard]] bool is_answered() const { return status != 0; }
};

struct HttpLanesOptions {
    std::string url;                            // http:// or https://, with its path
    unsigned lanes = 1;                         // send() calls at once
    unsigned parallel = 1;                      // requests at once within one send()
    base::Milliseconds connect_timeout{3'000};  // 1 ms to 1 min
    base::Milliseconds timeout{30'000};         // for one request; 1 ms to 15 min
    std::size_t answer_bytes_max = 16u << 20;   // a longer one is an error
    base::Path ca_file{};                       // PEM; empty: the system's authorities
};

// A lane is a set of connections that stay open between calls. Redirects are not followed, no proxy
// of the environment is used, and certificates are checked.
// Threads: send() by as many as there are lanes; stop() by any.
class HttpLanes {
  public:
    // Invalid: the URL. Does not connect.
    static base::Result<std::unique_ptr<HttpLanes>> open(HttpLanesOptions options,
                                                         const base::Clock& clock);
    virtual ~HttpLanes() = default;

    // POSTs all; one answer for each, in order. Blocks until all have one, at most until
    // `deadline`.
    virtual std::vector<HttpAnswer> send(const std::vector<HttpCall>& calls,
                                         base::Instant deadline) = 0;

    // Waits for calls that run until `deadline`, then cuts them off. Later calls are Cancelled.
    virtual void stop(base::Instant deadline) = 0;
};

}  // namespace millbeck::sinks
