// millbeck log: what the log costs and what holds it; a check of all its files.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/cli/columns.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/config/quantity.hpp"

namespace millbeck::runtime::cli {

using base::Result;
using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck log                           what the log holds, how it grows, what keeps it
  millbeck log stats --days 90           and what it would take to keep 90 days
  millbeck log verify                    reads all of it: every checksum, every index
  millbeck log compact                   makes the archive as small as it can be

verify runs in the server, beside everything else. Exit code 0 when all is whole, 1 when something is
damaged: file and place are named. --cancel ends one that runs. compact closes the growing segment,
archives all that is past retention at once, and compresses a segment of the archive a second, beside
everything else; "millbeck log" says how many are left.)";

constexpr int kWaitMs = 1'000;
constexpr std::uint64_t kDaysMax = 3'650;

struct LogFlags {
    ClientFlags client;
    std::string action;
    std::uint64_t days = 0;
    bool cancel = false;
};

std::string about(double bytes) {
    constexpr double kStep = 1024;
    const char* unit = "B";
    for (const char* next : {"KB", "MB", "GB", "TB"}) {
        if (bytes < kStep) {
            break;
        }
        bytes /= kStep;
        unit = next;
    }
    return fmt::format("{:.{}f} {}", bytes, bytes < 10 && *unit != 'B' ? 1 : 0, unit);
}

double number(const Json& json, const char* name) {
    return json.at(name).get<double>();
}

std::string growth_text(const Json& stats, std::uint64_t days) {
    if (!stats.at("bytes_per_day").is_number()) {
        return "growth      not known yet: it takes a minute of writes\n";
    }
    const double a_day = number(stats, "bytes_per_day");
    std::string text = fmt::format("growth      {} a day", about(a_day));
    std::vector<std::uint64_t> asked{1, 7, 30};
    if (days > 0) {
        asked = {days};
    }
    text += "; to keep";
    const char* separator = " ";
    for (const std::uint64_t each : asked) {
        text += fmt::format("{}{} {}: {}", separator, each, each == 1 ? "day" : "days",
                            about(a_day * static_cast<double>(each)));
        separator = ", ";
    }
    return text + "\n";
}

std::string holders_text(const Json& stats) {
    std::string text;
    for (const Json& holder : stats.at("holders")) {
        const auto owner = holder.at("owner").get<std::string>();
        text += fmt::format("held by     {} from {} on: {}\n",
                            owner.empty() ? "a call that runs" : owner,
                            holder.at("from").get<std::string>(),
                            holder.at("segments").get<std::uint64_t>() == 0
                                ? "nothing that would go otherwise"
                                : about(number(holder, "bytes")) + " past retention");
    }
    if (const auto unheld = stats.at("unheld_segments").get<std::uint64_t>(); unheld > 0) {
        text += fmt::format(
            "            {} segments past retention wait for tables to be flushed, for a table's "
            "longer stream_retention, or for the next maintenance\n",
            unheld);
    }
    return text;
}

std::string stats_text(const Json& stats, std::uint64_t days) {
    std::string text = fmt::format("positions   {} to {}\n", stats.at("first").get<std::string>(),
                                   stats.at("newest").get<std::string>());
    if (stats.at("oldest_time").is_string()) {
        text += fmt::format("times       {} to {}\n", stats.at("oldest_time").get<std::string>(),
                            stats.at("newest_time").get<std::string>());
    }
    text +=
        fmt::format("size        {} in {} segments, {} of records\n", about(number(stats, "bytes")),
                    stats.at("segments").get<std::uint64_t>(), about(number(stats, "used_bytes")));
    if (const auto archived = stats.at("archived_segments").get<std::uint64_t>(); archived > 0) {
        text += fmt::format("archive     {} in {} segments, {} before they were compressed\n",
                            about(number(stats, "archived_bytes")), archived,
                            about(number(stats, "archived_raw_bytes")));
    }
    if (const auto left = stats.at("to_compact").get<std::uint64_t>(); left > 0) {
        text += fmt::format("            {} segments of it are still to be compacted\n", left);
    }
    const auto limit = stats.at("retention_bytes").get<std::uint64_t>();
    text += fmt::format(
        "retention   {}{}; {} past it\n",
        format_duration(base::Milliseconds{stats.at("retention_ms").get<int64_t>()}),
        limit > 0 ? ", at most " + format_size(limit) : "", about(number(stats, "past_bytes")));
    return text + growth_text(stats, days) + holders_text(stats);
}

std::string verify_text(const Json& check) {
    std::string text;
    for (const Json& one : check.at("damage")) {
        text +=
            fmt::format("damaged   {} at offset {}: {}\n", one.at("file").get<std::string>(),
                        one.at("offset").get<std::uint64_t>(), one.at("what").get<std::string>());
    }
    const auto damaged = check.at("damaged").get<std::uint64_t>();
    if (damaged > check.at("damage").size()) {
        text +=
            fmt::format("damaged   ... and {} more places\n", damaged - check.at("damage").size());
    }
    for (const char* problem : {"tables_problem", "error"}) {
        if (const auto said = check.at(problem).get<std::string>(); !said.empty()) {
            text += said + "\n";
        }
    }
    text += fmt::format(
        "{} records in {} segments read ({}), {} indexes compared",
        check.at("records").get<std::uint64_t>(), check.at("segments").get<std::uint64_t>(),
        about(number(check, "read_bytes")), check.at("indexes").get<std::uint64_t>());
    if (const auto archived = check.at("archived_segments").get<std::uint64_t>(); archived > 0) {
        text += fmt::format(", {} records in {} archived segments read",
                            check.at("archived_records").get<std::uint64_t>(), archived);
    }
    if (check.at("cancelled").get<bool>()) {
        return text + "; cancelled\n";
    }
    return text + (damaged == 0 ? ": no damage\n" : fmt::format(": {} damaged\n", damaged));
}

bool is_whole(const Json& check) {
    return check.at("damaged").get<std::uint64_t>() == 0 && !check.at("cancelled").get<bool>() &&
           check.at("error").get<std::string>().empty() &&
           check.at("tables_problem").get<std::string>().empty();
}

Result<std::string> check_to_end(Terminal& terminal, Client& client) {
    MB_TRY(std::string answer, client.post("log/verify", "{}"));
    for (;;) {
        const Json check = Json::parse(answer);
        if (check.at("state") != "running") {
            terminal.err << (terminal.colours ? "\r\x1b[K" : "");
            return answer;
        }
        if (terminal.colours) {  // somebody looks
            terminal.err << fmt::format("\r{} of {} ", about(number(check, "read_bytes")),
                                        about(number(check, "all_bytes")))
                         << std::flush;
        }
        MB_TRY(answer, client.get(fmt::format("log/verify?wait_ms={}", kWaitMs)));
    }
}

int verify(Terminal& terminal, const LogFlags& flags) {
    bool is_well = false;
    const int code = ask_once(
        terminal, flags.client,
        [&](Client& client) {
            auto answer = flags.cancel ? client.post("log/verify/cancel", "{}")
                                       : check_to_end(terminal, client);
            is_well = flags.cancel || (answer && is_whole(Json::parse(*answer)));
            return answer;
        },
        [](const std::string& answer, const Client&) { return verify_text(Json::parse(answer)); });
    return code == kExitOk && !is_well ? kExitFailed : code;
}

int log(Terminal& terminal, const LogFlags& flags) {
    const bool is_verify = flags.action == "verify";
    const bool is_compact = flags.action == "compact";
    std::string wrong;
    if (!is_verify && !is_compact && !flags.action.empty() && flags.action != "stats") {
        wrong = fmt::format("\"{}\" is not one of stats, verify, compact{}", flags.action,
                            did_you_mean(flags.action, {"stats", "verify", "compact"}));
    } else if (flags.cancel && !is_verify) {
        wrong = "--cancel is for verify";
    } else if (flags.days > 0 && (is_verify || is_compact)) {
        wrong = "--days is for stats";
    }
    if (!wrong.empty()) {
        terminal.err << fmt::format("millbeck log: {}\n", wrong);
        return kExitUsage;
    }
    if (is_verify) {
        return verify(terminal, flags);
    }
    return ask_once(
        terminal, flags.client,
        [&](Client& client) {
            return is_compact ? client.post("log/compact", "{}") : client.get("log/stats");
        },
        [&](const std::string& answer, const Client&) {
            return stats_text(Json::parse(answer), flags.days);
        });
}

}  // namespace

void add_log(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("log", "Says what the log costs, or checks its files");
    command->footer(kFooter);
    auto flags = std::make_shared<LogFlags>();
    command->add_option("ACTION", flags->action, "stats, verify or compact; without it: stats")
        ->type_name("");
    command->add_option("--days", flags->days, "What keeping so many days would take")
        ->check(CLI::Range(std::uint64_t{1}, kDaysMax).description(""))
        ->type_name("N");
    command->add_flag("--cancel", flags->cancel, "Ends the check that runs");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return log(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
