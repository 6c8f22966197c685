#include "triggers/tumbling_window.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace millbeck::triggers {

namespace {

constexpr std::size_t kSecondChars = 19;  // of `2020-07-30T17:00:00.000`

std::string second(base::WallTime time) {
    return base::to_iso8601(time).substr(0, kSecondChars) + "Z";
}

std::string bounds(const WindowState& window) {
    return fmt::format(R"("window":{{"start":"{}","end":"{}"}})", second(window.start),
                       second(window.end));
}

std::string call_members(Call call) {
    return fmt::format(R"("isFinalInvokeForWindow":{},"isWindowTerminatedEarly":{})",
                       call != Call::Ordinary, call == Call::Early);
}

}  // namespace

TumblingWindow::TumblingWindow(base::Milliseconds length, std::optional<WindowState> open)
    : length_(length), open_(std::move(open)) {}

bool TumblingWindow::takes(base::WallTime time) {
    if (open_) {
        return time < open_->end;
    }
    if (length_.count() > 0) {
        const base::Milliseconds since = time.time_since_epoch();
        const base::WallTime start{since - since % length_};
        open_ = {.start = start, .end = start + length_};
    }
    return true;
}

std::string window_members(const WindowState& window, Call call, std::string_view shard_id,
                           std::string_view stream_arn) {
    return fmt::format(R"("shardId":"{}","eventSourceARN":"{}",{},"state":{},{})", shard_id,
                       stream_arn, bounds(window), window.state, call_members(call));
}

std::string window_info(const WindowState& window, Call call) {
    return fmt::format("{{{},{}}}", bounds(window), call_members(call));
}

// Numbers stay as the function wrote them: the text is cut out, not made again.
base::Result<std::string> read_state(std::string_view reply) {
    const auto refused = [] {
        return base::fail(base::Code::Malformed,
                          "the function's reply has no \"state\" that is an object, which a "
                          "tumbling window needs");
    };
    const simdjson::padded_string text(reply);
    if (!nlohmann::json::accept(reply)) {  // simdjson knows no integers above 64 bits
        return refused();
    }
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    simdjson::ondemand::object state;
    std::string_view raw;
    if (parser.iterate(text).get(document) != simdjson::SUCCESS ||
        document["state"].get_object().get(state) != simdjson::SUCCESS ||
        state.raw_json().get(raw) != simdjson::SUCCESS) {
        return refused();
    }
    std::string line(raw.size(), '\0');
    std::size_t size = 0;
    if (simdjson::minify(raw.data(), raw.size(), line.data(), size) != simdjson::SUCCESS) {
        return refused();
    }
    line.resize(size);
    return line;
}

}  // namespace millbeck::triggers
