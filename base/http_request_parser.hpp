// One HTTP/1.x request out of a stream of bytes: Beast's grammar, our storage.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millbeck::base {

// What becomes of a body that is over its limit.
enum class OverLimit {
    Fail,  // the request fails with 413, its rest is not read
    Drop,  // the request is read to its end, what is over the limit is dropped
};

struct HttpLimits {
    std::size_t header_bytes_max = 0;  // trailers count as well
    std::size_t body_bytes_max = 0;
    OverLimit body_over_limit = OverLimit::Fail;
    // Targets that begin with `large_target` may have bodies up to `large_body_bytes_max` instead.
    // Borrowed; "" is none.
    std::string_view large_target = {};
    std::size_t large_body_bytes_max = 0;
};

// Invariants: after begin() its memory is reused: a steady stream of like requests allocates
//             nothing. Views stay valid until the next begin().
// Refused:    bad grammar, headers over the limit, Transfer-Encoding other than `chunked` or
//             together with Content-Length (request smuggling): 400. A body over the limit: 413. An
//             Expect other than `100-continue`: 417.
// Threads:    one.
class HttpRequestParser {
  public:
    explicit HttpRequestParser(HttpLimits limits);
    HttpRequestParser(const HttpRequestParser&) = delete;
    HttpRequestParser& operator=(const HttpRequestParser&) = delete;
    ~HttpRequestParser();

    enum class State { Header, Body, Complete, Failed };

    // Forgets the last request and expects the next.
    void begin();

    // Parses as far as the bytes go, never past the end of the request. Returns how many are used
    // up; the rest must be presented again, with more behind them.
    std::size_t feed(std::string_view bytes);

    [[nodiscard]] State state() const;

    // Once Failed: the status to answer with, and a sentence for a person.
    [[nodiscard]] unsigned failure_status() const;
    [[nodiscard]] std::string failure_text() const;

    // Once the header is there.
    [[nodiscard]] std::string_view method() const;
    [[nodiscard]] std::string_view target() const;
    // The first of that name, in any case; empty when there is none. Trailers do not count.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] bool keep_alive() const;
    [[nodiscard]] bool is_http_1_0() const;
    [[nodiscard]] bool expects_continue() const;

    // Once Complete.
    [[nodiscard]] std::string_view body() const;
    // The body was over its limit and body() is only its beginning (OverLimit::Drop).
    [[nodiscard]] bool body_was_cut() const;
    // The first of that name behind a chunked body, in any case; empty when there is none.
    [[nodiscard]] std::string_view trailer(std::string_view name) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace millbeck::base
