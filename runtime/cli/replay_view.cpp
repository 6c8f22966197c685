#include "runtime/cli/replay_view.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/progress.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

std::uint64_t number(const Json& status, const char* name) {
    return status.at(name).get<std::uint64_t>();
}

std::string plural(std::uint64_t count, const char* one, const char* many) {
    return fmt::format("{} {}", grouped(count), count == 1 ? one : many);
}

// Of a terminal's width, as far as it matters.
constexpr std::size_t kReplyShown = 200;

std::string side(const char* name, const Json& outcome) {
    auto reply = outcome.at("reply").get<std::string>();
    if (reply.size() > kReplyShown) {
        reply = reply.substr(0, kReplyShown) + "...";
    }
    const auto error = outcome.at("error").get<std::string>();
    const Json& failed = outcome.at("failed");
    return fmt::format("  {:<7} {}{}{}\n", name, outcome.at("outcome").get<std::string>(),
                       failed.empty() ? "" : " " + failed.dump(),
                       error.empty() ? (reply.empty() ? "" : ": " + reply) : ": " + error);
}

std::string places(const Json& paths) {
    std::string text;
    for (const Json& path : paths) {
        if (const auto name = path.get<std::string>(); !name.empty()) {
            text += (text.empty() ? " at " : ", ") + name;
        }
    }
    return text;
}

}  // namespace

std::string replay_summary(const Json& status) {
    const auto state = status.at("state").get<std::string>();
    const std::uint64_t filtered = number(status, "filtered");
    const std::uint64_t failed = number(status, "failed_batches");
    std::string text = fmt::format("{}: {}, {} in {}", status.at("name").get<std::string>(), state,
                                   plural(number(status, "records"), "record", "records"),
                                   plural(number(status, "batches"), "batch", "batches"));
    if (filtered > 0) {
        text += fmt::format(", {} filtered out", grouped(filtered));
    }
    text += "\n";
    if (failed > 0) {
        text += fmt::format(
            "{} failed for good, with {}: \"millbeck dlq list --trigger {}\" "
            "shows them\n",
            plural(failed, "batch", "batches"),
            plural(number(status, "failed_records"), "record", "records"),
            status.at("name").get<std::string>());
    }
    if (const std::uint64_t compared =
            number(status, "same_batches") + number(status, "different_batches");
        compared > 0) {
        text += fmt::format("{} compared with \"{}\": {}\n", plural(compared, "batch", "batches"),
                            status.at("compared_with").get<std::string>(),
                            number(status, "different_batches") == 0
                                ? "all answered alike"
                                : grouped(number(status, "different_batches")) + " differ");
    }
    if (const auto problem = status.at("problem").get<std::string>();
        !problem.empty() && state != "finished") {
        text += problem + "\n";
    }
    return text;
}

std::string differences_text(const Json& answer, std::size_t most) {
    const Json& all = answer.at("differences");
    std::string text;
    for (std::size_t i = 0; i < std::min(all.size(), most); ++i) {
        const Json& one = all.at(i);
        const auto records = one.at("records").get<std::uint64_t>();
        text += fmt::format("\n{}{}{}: the {} differs{}\n", one.at("first").get<std::string>(),
                            records > 1 ? " to " + one.at("last").get<std::string>() : "",
                            fmt::format(", {}", plural(records, "record", "records")),
                            one.at("what").get<std::string>(), places(one.at("paths")));
        text += side("before", one.at("before")) + side("after", one.at("after"));
    }
    if (all.size() > most) {
        text += fmt::format("\nand {} more: \"millbeck replays differences NAME --json\"\n",
                            grouped(all.size() - most));
    }
    return text;
}

}  // namespace millbeck::runtime::cli
