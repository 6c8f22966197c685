// What a caller gets when an invocation fails, byte for byte Lambda's. Pure.
// Source: recorded answers of AWS's Invoke; texts for signals and clean ends from AWS's runtime
// interface emulator.
#pragma once

#include <string>
#include <string_view>

#include "base/child_process.hpp"
#include "base/clock.hpp"

namespace millbeck::sinks {

// Each is {"errorType":...,"errorMessage":...}.
std::string timed_out_payload(std::string_view request_id, base::Milliseconds granted);
std::string exited_payload(std::string_view request_id, const base::ExitStatus& exit);
std::string too_large_payload();
std::string truncated_payload(std::string_view request_id);
std::string bad_mode_payload(std::string_view request_id);
std::string no_entrypoint_payload(std::string_view request_id, std::string_view why);

// For handlers that are no Lambda runtimes: they ended, or answered what cannot be read.
std::string handler_failed_payload(std::string_view request_id, std::string_view why);

// An error payload as a sentence for logs: "ValueError: no such key". Errors are whatever the
// function sent: what is not an error document is quoted, cut short.
std::string error_sentence(std::string_view payload);

}  // namespace millbeck::sinks
