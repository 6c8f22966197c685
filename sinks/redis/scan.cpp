#include "sinks/redis/scan.hpp"

#include <utility>

namespace millbeck::sinks::redis {

namespace {

// A pattern that means the text itself.
std::string literally(std::string_view text) {
    constexpr std::string_view kSpecial = R"(*?[]\^-)";
    std::string pattern;
    for (const char c : text) {
        pattern.append(kSpecial.find(c) == std::string_view::npos ? "" : "\\");
        pattern += c;
    }
    return pattern;
}

}  // namespace

base::Status scan_keys(Server& server, std::string_view prefix, std::string_view type,
                       const std::function<base::Status(const std::vector<std::string>&)>& visit,
                       base::Instant deadline) {
    const std::string pattern = literally(prefix) + "*";
    std::string cursor = "0";
    do {
        CommandBuffer commands;
        if (type.empty()) {
            commands.add({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"});
        } else {
            commands.add({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000", "TYPE", type});
        }
        MB_TRY(auto replies, server.ask_strictly(commands, deadline));
        Reply& reply = replies.front();
        if (!reply.is_array() || reply.elements.size() != 2) {
            return base::fail(base::Code::Io, "the server answered SCAN with something else");
        }
        std::vector<std::string> keys;
        for (Reply& each : reply.elements[1].elements) {
            keys.push_back(std::move(each.text));
        }
        if (!keys.empty()) {
            MB_TRY_STATUS(visit(keys));
        }
        cursor = reply.elements[0].text;
    } while (cursor != "0");
    return {};
}

base::Status unlink(Server& server, const std::vector<std::string>& keys, base::Instant deadline) {
    if (keys.empty()) {
        return {};
    }
    CommandBuffer commands;
    commands.begin(1 + keys.size());
    commands.argument("UNLINK");
    for (const std::string& key : keys) {
        commands.argument(key);
    }
    return server.ask_strictly(commands, deadline).map([](const auto&) {});
}

}  // namespace millbeck::sinks::redis
