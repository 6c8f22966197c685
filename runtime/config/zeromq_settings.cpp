#include "runtime/config/zeromq_settings.hpp"

#include <chrono>

#include "runtime/config/text_setting.hpp"

namespace millbeck::runtime {

using namespace std::chrono_literals;
using Z = sinks::ZeroMqOptions;

// NOLINTNEXTLINE(readability-function-size): a table.
const std::vector<Setting<Z>>& zeromq_settings() {
    static const std::vector<Setting<Z>> settings{
        required(text_setting<Z>(
            "endpoint", [](Z & z) -> auto& { return z.endpoint; }, "ZeroMQ endpoint",
            "tcp://127.0.0.1:5556, tcp://*:5556 or ipc:///path.")),
        choice_setting<Z, Z::Pattern>(
            "pattern", [](Z & z) -> auto& { return z.pattern; },
            {{"pub", Z::Pattern::Pub}, {"push", Z::Pattern::Push}},
            "A live feed that loses what nobody can take, or work that is acknowledged."),
        choice_setting<Z, Z::Join>(
            "join", [](Z & z) -> auto& { return z.join; },
            {{"bind", Z::Join::Bind}, {"connect", Z::Join::Connect}},
            "Whether subscribers come here, or are where the endpoint says."),
        choice_setting<Z, sinks::MessageForm>(
            "content", [](Z & z) -> auto& { return z.form; },
            {{"records", sinks::MessageForm::Records}, {"rows", sinks::MessageForm::Rows}},
            "Stream records, or rows of plain values."),
        number_setting<Z>(
            "high_water_mark", [](Z & z) -> auto& { return z.high_water_mark; }, 1, 10'000'000,
            false, "Messages that wait for one slow subscriber."),
        number_setting<Z>(
            "credit_max", [](Z & z) -> auto& { return z.credit_max; }, 1, 1'000'000, false,
            "push: the most that one subscriber holds unacknowledged."),
        duration_setting<Z>(
            "subscriber_wait", [](Z & z) -> auto& { return z.subscriber_wait; }, 0ms, 1min,
            "push: how long a batch waits for a subscriber with credit."),
        duration_setting<Z>(
            "subscriber_timeout", [](Z & z) -> auto& { return z.subscriber_timeout; }, 1s, 1h,
            "push: a subscriber that is silent for so long gets nothing."),
        text_setting<Z>(
            "curve_secret_key_file", [](Z & z) -> auto& { return z.curve_secret_key_file; }, "path",
            "Our CURVE secret key (40 characters): all subscribers must encrypt."),
    };
    return settings;
}

base::Result<Z> zeromq_from_text(const std::string& text) {
    constexpr std::string_view kPush = "push ";
    Z options;
    options.pattern = text.starts_with(kPush) ? Z::Pattern::Push : Z::Pattern::Pub;
    options.endpoint = text.substr(text.starts_with(kPush) ? kPush.size() : 0);
    if (options.endpoint.find("://") == std::string::npos) {
        return base::fail(base::Code::Invalid,
                          fmt::format("\"{}\" is no ZeroMQ endpoint such as tcp://*:5556, with "
                                      "or without \"push \" before it",
                                      text));
    }
    return options;
}

}  // namespace millbeck::runtime
