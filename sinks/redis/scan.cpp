#include "sinks/redis/scan.hpp"

#include <utility>

#include <fmt/format.h>

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

base::Result<ScanPage> page_of(Reply reply, std::string_view command) {
    if (!reply.is_array() || reply.elements.size() != 2) {
        return base::fail(base::Code::Io,
                          fmt::format("the server answered {} with something else", command));
    }
    ScanPage page{.cursor = std::move(reply.elements[0].text), .found = {}};
    for (Reply& each : reply.elements[1].elements) {
        page.found.push_back(std::move(each.text));
    }
    return page;
}

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
        MB_TRY(ScanPage page, page_of(std::move(replies.front()), "SCAN"));
        if (!page.found.empty()) {
            MB_TRY_STATUS(visit(page.found));
        }
        cursor = std::move(page.cursor);
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
