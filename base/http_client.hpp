// A small blocking HTTP/1.1 client (libcurl inside) for the command line and for tests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millbeck::base {

struct HttpClientResponse {
    unsigned status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

// One keep-alive connection to one origin. Threads: one.
// Errors: Unavailable (cannot connect), DeadlineExceeded, Io; a status of 400 or 500 is no error.
class HttpClient {
  public:
    // `origin`: "http://127.0.0.1:8000", no path. Invalid when it does not parse. Does not connect.
    static Result<std::unique_ptr<HttpClient>> open(std::string_view origin);
    virtual ~HttpClient() = default;

    virtual Result<HttpClientResponse> send(
        std::string_view method, std::string_view target, std::string_view body,
        const std::vector<std::pair<std::string, std::string>>& headers, Milliseconds timeout) = 0;
};

}  // namespace millbeck::base
