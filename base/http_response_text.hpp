// The header text of an answer, written by hand into memory that is used again and again.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/http_server.hpp"

namespace millbeck::base {

// `Sun, 06 Nov 1994 08:49:37 GMT`, made once a second. Threads: one.
class HttpDate {
  public:
    std::string_view text(WallTime now);

  private:
    std::chrono::sys_seconds second_{std::chrono::seconds{-1}};
    std::string text_;
};

enum class AfterAnswer {
    KeepAlive,      // HTTP/1.1's default: nothing is said
    KeepAliveSaid,  // an HTTP/1.0 client that asked for it has to be told
    Close,
};

// Appends the status line and all header lines with their empty line: Server, Date, Content-Type,
// Content-Length (both left out for 204 and 304), Connection if need be, then the response's own.
// A line end within a name or value becomes a blank: nobody may smuggle in a header.
void append_response_head(std::string& out, const HttpResponse& response, std::string_view date,
                          AfterAnswer after);

// False for the answers that never have a body.
bool has_body(unsigned status);

}  // namespace millbeck::base
