// What a webhook sink is opened with.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "sinks/message_form.hpp"

namespace millbeck::sinks {

struct WebhookOptions {
    enum class Body : std::uint8_t {
        Array,   // a JSON array, application/json
        Ndjson,  // a line for each, application/x-ndjson
    };

    std::string url;  // http:// or https://
    Body body = Body::Array;
    MessageForm form = MessageForm::Records;
    // Shared with the receiver; signs each request. "" and no file: unsigned. Never logged.
    std::string secret{};
    base::Path secret_file{};  // read once, at opening; a line end at its end is not part of it
    std::map<std::string, std::string> headers{};  // added to each request
    base::Milliseconds connect_timeout{3'000};     // 1 ms to 1 min
    base::Milliseconds timeout{30'000};            // for one request; 1 ms to 15 min
    base::Path ca_file{};      // PEM authorities to trust instead of the system's
    unsigned concurrency = 8;  // 1 to 64 requests at once
    RowMapping mapping{};      // of rows

    // Relative paths are relative to this folder (the configuration's).
    void settle_paths(const base::Path& base_folder) {
        if (!secret_file.empty()) {
            secret_file = base_folder / secret_file;
        }
        if (!ca_file.empty()) {
            ca_file = base_folder / ca_file;
        }
    }
};

}  // namespace millbeck::sinks
