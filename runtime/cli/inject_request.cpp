#include "runtime/cli/inject_request.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/config/nearest.hpp"
#include "runtime/config/quantity.hpp"

namespace millbeck::runtime::cli {

using base::Code;
using base::Result;
using base::Status;
using Json = nlohmann::json;

namespace {

enum class Target { None, Table, Trigger, AnyTrigger };
enum class Shards { None, One };

struct Action {
    std::string_view name;
    Target target = Target::None;
    Shards shards = Shards::None;
    std::vector<std::string> flags = {};
};

const std::vector<Action>& actions() {
    static const std::vector<Action> all{
        {"list"},
        {"clear", Target::AnyTrigger},
        {"duplicate-batch", Target::Trigger, Shards::None, {"times"}},
        {"delay", Target::Trigger, Shards::None, {"by", "times", "for"}},
        {"fail-handler", Target::Trigger, Shards::None, {"times", "error", "partial"}},
        {"crash-after-reply", Target::Trigger},
        {"split-shard", Target::Table, Shards::One},
        {"roll-shard", Target::Table, Shards::One},
        {"expire-iterators", Target::Table},
        {"trim", Target::Table, Shards::None, {"to"}},
    };
    return all;
}

Status check_words(const Action& action, const InjectWords& words) {
    const bool needs = action.target == Target::Table || action.target == Target::Trigger;
    if (needs && words.target.empty()) {
        return base::fail(Code::Invalid,
                          fmt::format("{} takes the name of a {}", action.name,
                                      action.target == Target::Table ? "table" : "trigger"));
    }
    if (action.target == Target::None && !words.target.empty()) {
        return base::fail(Code::Invalid, fmt::format("{} takes no name", action.name));
    }
    if (action.shards == Shards::None && !words.shard.empty()) {
        return base::fail(Code::Invalid, fmt::format("{} takes no shard", action.name));
    }
    for (const auto& [flag, text] : words.flags) {
        if (std::ranges::find(action.flags, flag) == action.flags.end()) {
            return base::fail(Code::Invalid, fmt::format("{} takes no --{}", action.name, flag));
        }
    }
    if (action.name == "delay" && !words.flags.contains("by")) {
        return base::fail(Code::Invalid, "delay takes --by, like --by 500ms");
    }
    if (words.flags.contains("times") && words.flags.contains("for")) {
        return base::fail(Code::Invalid, "say --times or --for, not both");
    }
    return {};
}

// As the server wants it: counts are numbers, all else is text.
Result<Json> value_of(const std::string& flag, const std::string& text) {
    if (flag == "times" || flag == "partial") {
        const auto count = parse_count(text);
        if (!count) {
            return base::with_context("--" + flag, count.error());
        }
        return Json(*count);
    }
    if (flag == "by" || flag == "for") {
        const auto duration = parse_duration(text);
        if (!duration) {
            return base::with_context("--" + flag, duration.error());
        }
    }
    return Json(text);
}

}  // namespace

std::vector<std::string> inject_actions() {
    std::vector<std::string> names;
    for (const Action& action : actions()) {
        names.emplace_back(action.name);
    }
    return names;
}

Result<InjectRequest> inject_request(const InjectWords& words) {
    const auto action = std::ranges::find(actions(), words.action, &Action::name);
    if (action == actions().end()) {
        const auto names = inject_actions();
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" is not one of {}{}", words.action,
                                      fmt::join(names, ", "), did_you_mean(words.action, names)));
    }
    MB_TRY_STATUS(check_words(*action, words));
    if (action->name == "list") {
        return InjectRequest{};
    }
    Json body = Json::object();
    if (!words.target.empty()) {
        body[action->target == Target::Table ? "table" : "trigger"] = words.target;
    }
    if (!words.shard.empty()) {
        body["shard"] = words.shard;
    }
    for (const auto& [flag, text] : words.flags) {
        MB_TRY(body[flag], value_of(flag, text));
    }
    return InjectRequest{fmt::format("inject/{}", action->name), body.dump()};
}

}  // namespace millbeck::runtime::cli
