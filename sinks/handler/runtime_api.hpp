// Lambda's Runtime API for one process: what each request means and how it is answered. Knows
// requests and states, no sockets.
// Source: AWS Lambda developer guide, "Using the Lambda runtime API"; statuses, states and bodies
// of errors as AWS's runtime interface emulator has them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_request_parser.hpp"
#include "base/random.hpp"
#include "sinks/handler/handler.hpp"

namespace millbeck::sinks {

// The largest payload of an answer: 6 MB and 100 bytes.
inline constexpr std::size_t kRuntimePayloadBytesMax = (6u << 20) + 100;
// Of the headers and trailers of a request; an error in a trailer can be long.
inline constexpr std::size_t kRuntimeHeaderBytesMax = 1u << 20;

enum class RuntimeState {
    Started,    // it has not asked for an event yet
    InitError,  // it said that it cannot start
    Ready,      // it waits for an event
    Running,    // it has one
    Answered,   // it has answered, and not asked for the next one yet
};

// What a process said last of its start or of its invocation.
struct RuntimeVerdict {
    enum class Kind {
        Response,   // `payload` is what the function answered
        Error,      // `payload` is the error it reported
        InitError,  // it cannot start; `payload` says why
        TooLarge,   // an answer over kRuntimePayloadBytesMax
        BadMode,    // an answer in a mode that does not exist
        Truncated,  // an answer that broke off
    };
    Kind kind = Kind::Response;
    std::string payload;
};

// How a request is answered.
struct ApiReply {
    enum class When {
        Now,
        WithEvent,  // with the next invocation, or with the one in hand
        Never,      // held open: nothing ever happens that it waits for
    };
    When when = When::Now;
    unsigned status = 200;
    std::string_view content_type = "application/json";
    std::string headers;  // more of them, each with its line end
    std::string body;
};

// Threads: one at a time.
class RuntimeApi {
  public:
    // All outlive it.
    RuntimeApi(const HandlerOptions& options, base::Random& random)
        : options_(options), random_(random) {}

    // Requires: `request` is complete.
    ApiReply answer(const base::HttpRequestParser& request);

    // `request` broke off inside its body.
    ApiReply answer_broken_off(const base::HttpRequestParser& request);

    // From now on answers to `request_id` are expected.
    void begin(std::string_view request_id);
    // The process has been given the event.
    void given() { state_ = RuntimeState::Running; }

    [[nodiscard]] RuntimeState state() const { return state_; }
    // Of the invocation that began last, or of the start; empty until the process has said it.
    [[nodiscard]] const std::optional<RuntimeVerdict>& verdict() const { return verdict_; }
    std::optional<RuntimeVerdict> take_verdict() { return std::exchange(verdict_, std::nullopt); }
    // It registered an extension in itself, which is how runtimes ask for SIGTERM.
    [[nodiscard]] bool wants_farewell() const { return !extensions_.empty(); }

  private:
    ApiReply next();
    ApiReply response(const base::HttpRequestParser& request);
    ApiReply error(const base::HttpRequestParser& request);
    ApiReply init_error(const base::HttpRequestParser& request);
    ApiReply invocation(const base::HttpRequestParser& request, std::string_view id_and_verb);
    ApiReply extension(const base::HttpRequestParser& request, std::string_view call);
    ApiReply register_extension(const base::HttpRequestParser& request);
    [[nodiscard]] ApiReply not_in_this_state(std::string_view wanted) const;
    void conclude(RuntimeVerdict::Kind kind, std::string payload);

    const HandlerOptions& options_;
    base::Random& random_;
    RuntimeState state_ = RuntimeState::Started;
    std::string request_id_;
    std::optional<RuntimeVerdict> verdict_;
    std::vector<std::string> extensions_;  // their ids
};

}  // namespace millbeck::sinks
