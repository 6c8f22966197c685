#include "runtime/api/checkpoint_answers.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/admin_json.hpp"
#include "runtime/api/checkpoint_json.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/config/moment.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using Json = nlohmann::json;

namespace {

constexpr std::uint64_t kChangesShown = 20;

// A text that may be left out.
Result<std::optional<std::string>> text_of(const Json& body, const std::string& name) {
    const auto found = body.find(name);
    if (found == body.end()) {
        return std::nullopt;
    }
    if (!found->is_string()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be a text", name));
    }
    return std::optional(found->get<std::string>());
}

Result<std::string> needed_text(const Json& body, const std::string& name) {
    MB_TRY(auto text, text_of(body, name));
    if (!text) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" is missing", name));
    }
    return std::move(*text);
}

Status read_place(const std::string& to, base::WallTime now, TriggerMove& move) {
    if (to == "start") {
        move.to = triggers::ToStart{};
    } else if (to == "latest") {
        move.to = TriggerMove::Latest{};
    } else {
        MB_TRY(const Moment moment, parse_moment(to, now));
        std::visit([&](const auto& place) { move.to = place; }, moment);
    }
    return {};
}

struct Request {
    std::string trigger;
    TriggerMove move;
};

Result<Request> read_request(std::string_view text, bool is_undo, base::WallTime now) {
    const Json body = Json::parse(text, nullptr, false);
    if (body.is_discarded() || !body.is_object()) {
        return base::fail(Code::Invalid, "the body must be a JSON object");
    }
    for (const auto& [name, value] : body.items()) {
        const bool is_known = name == "trigger" || name == "reason" ||
                              (!is_undo && (name == "to" || name == "shard"));
        if (!is_known) {
            return base::fail(Code::Invalid, fmt::format("\"{}\" is not known here", name));
        }
    }
    Request request;
    MB_TRY(request.trigger, needed_text(body, "trigger"));
    MB_TRY(const auto reason, text_of(body, "reason"));
    request.move.reason = reason.value_or("");
    if (request.move.reason.size() > kReasonBytesMax) {
        return base::fail(Code::Invalid,
                          fmt::format("a reason has at most {} bytes of UTF-8, not {}",
                                      kReasonBytesMax, request.move.reason.size()));
    }
    if (is_undo) {
        request.move.to = TriggerMove::Undo{};
        return request;
    }
    MB_TRY(const std::string to, needed_text(body, "to"));
    MB_TRY_STATUS(read_place(to, now, request.move));
    MB_TRY(const auto shard, text_of(body, "shard"));
    if (shard) {
        MB_TRY(request.move.shard, shardlog::ShardId::parse(*shard));
    }
    return request;
}

}  // namespace

// What the lane needs of the request is copied: the request may be gone by then.
Status answer_checkpoints(const std::string& route, const Target& target,
                          const base::HttpRequest& request, const ApiContext& context,
                          ControlLane& lane, const base::Responder& respond) {
    const auto say = [respond](Result<std::string> body) {
        respond(body ? json_reply(std::move(*body)) : error_reply(body.error()));
    };
    const std::string trigger = target.text("trigger", "");
    if (route == "GET checkpoints") {
        return lane.post([say, trigger, &context] { say(checkpoints_json(context, trigger)); });
    }
    if (route == "GET checkpoints/changes") {
        MB_TRY(const auto limit, target.number("limit", kChangesShown, triggers::kChangesKeptMax));
        return lane.post(
            [say, trigger, limit, &context] { say(changes_json(context, trigger, limit)); });
    }
    if (route != "POST checkpoints/set" && route != "POST checkpoints/undo") {
        return base::fail(Code::NotFound, fmt::format("there is no {}", route));
    }
    MB_TRY(Request asked,
           read_request(request.body(), route == "POST checkpoints/undo", context.clock.wall()));
    // The log outlives every trigger; the routes do not.
    return context.triggers.move(asked.trigger, std::move(asked.move),
                                 [say, name = asked.trigger, &log = context.log](
                                     const Result<triggers::CheckpointChange>& moved) {
                                     say(moved ? Result<std::string>(moved_json(log, name, *moved))
                                               : tl::unexpected(moved.error()));
                                 });
}

}  // namespace millbeck::runtime
