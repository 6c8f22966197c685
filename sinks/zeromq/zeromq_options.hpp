// What a ZeroMQ sink is opened with.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "sinks/message_form.hpp"

namespace millbeck::sinks {

struct ZeroMqOptions {
    enum class Pattern : std::uint8_t {
        Pub,   // a live feed for any number of subscribers; loses what they cannot take
        Push,  // work for subscribers that acknowledge
    };
    enum class Join : std::uint8_t { Bind, Connect };

    Pattern pattern = Pattern::Pub;
    Join join = Join::Bind;
    std::string endpoint;  // tcp://127.0.0.1:5556, tcp://*:5556, ipc:///path
    MessageForm form = MessageForm::Records;
    // Messages that wait for one slow subscriber; then PUB drops, PUSH waits. 1 to 10 million.
    unsigned high_water_mark = 100'000;
    // PUSH: the most messages that one subscriber holds unacknowledged, whatever it asks for.
    unsigned credit_max = 10'000;  // 1 to 1 million
    // PUSH: how long a batch waits for a subscriber with credit before it is tried again later.
    base::Milliseconds subscriber_wait{1'000};  // 0 to 1 min
    // PUSH: a subscriber that says nothing for so long is given nothing. 1 s to 1 h.
    base::Milliseconds subscriber_timeout{10'000};
    // CURVE: our secret key, 40 characters of Z85, for Bind. Empty: no encryption.
    base::Path curve_secret_key_file{};
    RowMapping mapping{};  // of rows

    // Relative paths are relative to this folder (the configuration's).
    void settle_paths(const base::Path& base_folder) {
        if (!curve_secret_key_file.empty()) {
            curve_secret_key_file = base_folder / curve_secret_key_file;
        }
    }
};

}  // namespace millbeck::sinks
