#include "sinks/handler/runtime_failure.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sinks/handler/reply.hpp"

namespace millbeck::sinks {

namespace {

constexpr std::size_t kExcerptBytesMax = 100;

std::string document(std::string_view type, std::string_view message) {
    const nlohmann::ordered_json body{{"errorType", type}, {"errorMessage", message}};
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string of_request(std::string_view request_id, std::string_view what) {
    return fmt::format("RequestId: {} Error: {}", request_id, what);
}

// "killed", "segmentation fault": the words of the language Lambda's supervisor is written in.
std::string signal_words(int number) {
    const char* words = ::sigdescr_np(number);
    std::string text = words == nullptr ? fmt::format("signal {}", number) : words;
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

}  // namespace

std::string timed_out_payload(std::string_view request_id, base::Milliseconds granted) {
    return document(
        "Sandbox.Timedout",
        of_request(request_id, fmt::format("Task timed out after {:.2f} seconds",
                                           static_cast<double>(granted.count()) / 1000.0)));
}

std::string exited_payload(std::string_view request_id, const base::ExitStatus& exit) {
    std::string what = "Runtime exited without providing a reason";
    if (exit.signal) {
        what = fmt::format("Runtime exited with error: signal: {}", signal_words(*exit.signal));
    } else if (exit.code.value_or(0) != 0) {
        what = fmt::format("Runtime exited with error: exit status {}", *exit.code);
    }
    return document("Runtime.ExitError", of_request(request_id, what));
}

std::string too_large_payload() {
    return document("Function.ResponseSizeTooLarge",
                    "Response payload size exceeded maximum allowed payload size (6291556 bytes).");
}

std::string truncated_payload(std::string_view request_id) {
    return document("Runtime.TruncatedResponse",
                    of_request(request_id, "HTTP request detected as truncated"));
}

std::string bad_mode_payload(std::string_view request_id) {
    return document("Runtime.InvalidResponseModeHeader",
                    of_request(request_id, "Invalid function response mode"));
}

std::string no_entrypoint_payload(std::string_view request_id, std::string_view why) {
    return document("Runtime.InvalidEntrypoint", of_request(request_id, why));
}

std::string handler_failed_payload(std::string_view request_id, std::string_view why) {
    return document("Runtime.ExitError", of_request(request_id, why));
}

std::string error_sentence(std::string_view payload) {
    if (auto judged = judge_reply(payload); !judged) {
        if (judged.error().code == base::Code::Io) {
            return std::move(judged).error().message;
        }
    }
    return fmt::format("the function failed with: {}{}", payload.substr(0, kExcerptBytesMax),
                       payload.size() > kExcerptBytesMax ? "..." : "");
}

}  // namespace millbeck::sinks
