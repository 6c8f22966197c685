#include "runtime/cli/replay_view.hpp"

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
    if (const auto problem = status.at("problem").get<std::string>();
        !problem.empty() && state != "finished") {
        text += problem + "\n";
    }
    return text;
}

}  // namespace millbeck::runtime::cli
