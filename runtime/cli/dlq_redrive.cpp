#include "runtime/cli/dlq_redrive.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/config/quantity.hpp"

namespace millbeck::runtime::cli {

using base::Code;
using base::Result;
using Json = nlohmann::json;

namespace {

constexpr int kWaitMs = 1'000;

Result<std::uint64_t> parse_rate(std::string_view text) {
    if (text.ends_with("/s")) {
        text.remove_suffix(2);
    }
    auto rate = text.empty() ? Result<std::uint64_t>(std::uint64_t{0}) : parse_count(text);
    if (!rate || *rate > std::numeric_limits<std::uint32_t>::max()) {
        return base::fail(Code::Invalid, "--rate takes records per second, like 100/s");
    }
    return rate;
}

std::string name_of(const Json& redrive) {
    const auto trigger = redrive.at("trigger").get<std::string>();
    return trigger.empty() ? "calls of " + redrive.at("function").get<std::string>() : trigger;
}

std::string keys_text(const Json& note) {
    std::string text;
    for (const Json& key : note.at("keys")) {
        text += (text.empty() ? "" : ", ") + key.dump();
    }
    const auto count = note.at("keys_count").get<std::uint64_t>();
    if (count > note.at("keys").size()) {
        text += fmt::format(" and {} more", count - note.at("keys").size());
    }
    return text;
}

std::string note_text(const Json& note) {
    const auto number = note.at("number").get<std::int64_t>();
    const auto kind = note.at("kind").get<std::string>();
    if (kind == "changed") {
        return fmt::format("  {} skipped: changed since: {}; --force sends it all the same\n",
                           number, keys_text(note));
    }
    if (kind == "unknown") {
        return fmt::format(
            "  {} skipped: the stream shows no new images, so nobody can tell whether these have "
            "changed since: {}; --force sends it all the same\n",
            number, keys_text(note));
    }
    if (kind == "changed_meanwhile") {
        return fmt::format(
            "  {} went, but these changed at the same time, and the newer change may have come "
            "first: {}\n",
            number, keys_text(note));
    }
    return fmt::format("  {} {}: {}\n", number, kind == "behind" ? "skipped" : kind,
                       note.at("text").get<std::string>());
}

std::string redrive_text(const Json& redrive) {
    const auto count = [&](const char* name) { return redrive.at(name).get<std::uint64_t>(); };
    std::string text = fmt::format(
        "{}: {} of {} dead letters redriven ({} records), {} failed, {} "
        "skipped",
        name_of(redrive), count("redriven"), count("letters"), count("records"), count("failed"),
        count("skipped"));
    const auto state = redrive.at("state").get<std::string>();
    text += state == "ended" ? "" : ", " + state;
    text += redrive.at("cancelled").get<bool>() ? ", cancelled\n" : "\n";
    if (const auto error = redrive.at("error").get<std::string>(); !error.empty()) {
        text += fmt::format("  ended: {}\n", error);
    }
    for (const Json& note : redrive.at("notes")) {
        text += note_text(note);
    }
    return text;
}

std::string redrives_text(const Json& redrives) {
    std::string text;
    for (const Json& redrive : redrives) {
        text += redrive_text(redrive);
    }
    return text.empty() ? "no redrives since the server started\n" : text;
}

bool is_well(const Json& redrive) {
    return redrive.at("error").get<std::string>().empty() && !redrive.at("cancelled").get<bool>() &&
           redrive.at("failed").get<std::uint64_t>() == 0 &&
           redrive.at("skipped").get<std::uint64_t>() == 0;
}

// Those of `begun`, as they are now.
Json own(const Json& all, const Json& begun) {
    Json mine = Json::array();
    for (const Json& redrive : all.at("redrives")) {
        const auto same = [&](const Json& each) { return each.at("id") == redrive.at("id"); };
        if (std::any_of(begun.begin(), begun.end(), same)) {
            mine.push_back(redrive);
        }
    }
    return mine;
}

Result<Json> wait_for_end(Terminal& terminal, Client& client, const Json& begun) {
    for (;;) {
        MB_TRY(const std::string answer,
               client.get(fmt::format("dead-letters/redrives?wait_ms={}", kWaitMs)));
        Json mine = own(Json::parse(answer), begun);
        if (terminal.colours) {  // somebody looks
            std::uint64_t done = 0;
            std::uint64_t letters = 0;
            for (const Json& redrive : mine) {
                letters += redrive.at("letters").get<std::uint64_t>();
                for (const char* name : {"redriven", "failed", "skipped"}) {
                    done += redrive.at(name).get<std::uint64_t>();
                }
            }
            terminal.err << fmt::format("\r{} of {} dead letters ", done, letters) << std::flush;
        }
        const auto ended = [](const Json& each) { return each.at("state") == "ended"; };
        if (std::all_of(mine.begin(), mine.end(), ended)) {
            terminal.err << (terminal.colours ? "\r\x1b[K" : "");
            return mine;
        }
    }
}

Json request_of(const RedriveFlags& flags, const std::vector<std::uint64_t>& numbers,
                const std::string& trigger, std::uint64_t rate) {
    Json request{{"rate", rate}, {"force", flags.force}};
    if (!numbers.empty()) {
        request["numbers"] = numbers;
    } else if (!trigger.empty()) {
        request["trigger"] = trigger;
    } else {
        request["all"] = true;
    }
    return request;
}

Result<Json> begin_and_wait(Terminal& terminal, Client& client, const Json& request) {
    MB_TRY(const std::string answer, client.post("dead-letters/redrive", request.dump()));
    const Json begun = Json::parse(answer);
    return wait_for_end(terminal, client, begun.at("redrives"));
}

}  // namespace

std::string redrive_complaint(const RedriveFlags& flags, bool has_numbers, bool has_trigger) {
    if (flags.status || flags.cancel) {
        const bool more = has_numbers || has_trigger || flags.all || flags.force ||
                          !flags.rate.empty() || (flags.status && flags.cancel);
        return more ? "--status and --cancel stand alone" : "";
    }
    if ((has_numbers ? 1 : 0) + (has_trigger ? 1 : 0) + (flags.all ? 1 : 0) != 1) {
        return "redrive takes numbers of dead letters, or --trigger NAME, or --all";
    }
    const auto rate = parse_rate(flags.rate);
    return rate ? "" : rate.error().message;
}

int redrive_letters(Terminal& terminal, const ClientFlags& client, const RedriveFlags& flags,
                    const std::vector<std::uint64_t>& numbers, const std::string& trigger) {
    if (flags.status || flags.cancel) {
        return ask_once(
            terminal, client,
            [&](Client& server) {
                return flags.cancel ? server.post("dead-letters/redrives/cancel", "{}")
                                    : server.get("dead-letters/redrives");
            },
            [](const std::string& answer, const Client&) {
                const Json reply = Json::parse(answer);
                return redrives_text(reply.at("redrives"));
            });
    }
    auto server = Client::open(client, terminal.environment);
    if (!server) {
        return report_client(terminal, server.error());
    }
    const auto ended = begin_and_wait(
        terminal, *server,
        request_of(flags, numbers, trigger, parse_rate(flags.rate).value_or(std::uint64_t{0})));
    if (!ended) {
        return report_client(terminal, ended.error());
    }
    terminal.out << (client.json ? Json{{"redrives", *ended}}.dump() + "\n"
                                 : redrives_text(*ended));
    return std::all_of(ended->begin(), ended->end(), is_well) ? kExitOk : kExitFailed;
}

}  // namespace millbeck::runtime::cli
