// The answer to one request: made with its headers before the work, completed with its body after.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/http_server.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/api/api_metrics.hpp"
#include "runtime/api/error_map.hpp"

namespace millbeck::runtime {

// Copies answer the same request: exactly one of them may send.
// Threads: send() and fail() by any thread; cheap enough for the committer's.
class Reply {
  public:
    // Takes from `request` what the answer repeats (content type, origin); keeps no reference.
    // `metrics` must outlive the reply.
    Reply(const base::HttpRequest& request, base::Random& random, ApiMetrics& metrics,
          base::Responder respond);

    // 200 with a JSON body.
    void send(std::string body);
    void fail(const base::Error& error);
    // `members`: what the body has beside type and message, as JSON: `"Item":{...}`.
    void fail(const WireError& error, std::string_view message, std::string_view members = {});
    // Any status with any body; still with request id, checksum and origin headers.
    void send_raw(unsigned status, std::string content_type, std::string body);

    // CORS preflight. Source: Fetch standard, "CORS-preflight request".
    void allow_preflight(const base::HttpRequest& request);

  private:
    void finish();

    ApiMetrics* metrics_;
    base::Responder respond_;
    base::HttpResponse response_;
};

// 52 characters of [0-9A-Z], as the service's request ids. Not a secret, only unlikely to repeat.
std::string make_request_id(std::uint64_t seed);

}  // namespace millbeck::runtime
