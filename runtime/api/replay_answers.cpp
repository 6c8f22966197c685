#include "runtime/api/replay_answers.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/replay_json.hpp"
#include "runtime/replay/replay_reading.hpp"
#include "runtime/replay/replay_registry.hpp"
#include "runtime/replay/replay_request.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::SequenceNumber;
using Json = nlohmann::ordered_json;

namespace {

Result<Json> parse_object(const std::string& body) {
    Json parsed = Json::parse(body, nullptr, false);
    if (parsed.is_discarded() || !parsed.is_object()) {
        return base::fail(Code::Invalid, "the body must be a JSON object");
    }
    return parsed;
}

Result<std::string> name_of(const Json& body) {
    if (!body.contains("name") || !body["name"].is_string()) {
        return base::fail(Code::Invalid, "\"name\" must be a text");
    }
    return body["name"].get<std::string>();
}

Result<std::string> answer_status(ReplayRegistry& replays, const std::string& name) {
    MB_TRY(const auto status, replays.find(name));
    return replay_json(status).dump() + "\n";
}

ReplayPlaces places_of(const ReplayAnswersContext& context) {
    return {.store = context.store,
            .log = context.log,
            .dead_letters = context.dead_letters,
            .clock = context.clock};
}

// One that its reader comes back to.
bool goes_on(const ReplayStatus& known, const ReplaySpec& spec) {
    const ReplaySpec& before = known.record.spec;
    return known.record.state == ReplayState::Running &&
           before.target.kind == ReplayTarget::Kind::Reader && before.target == spec.target &&
           before.table == spec.table && before.key == spec.key && before.filters == spec.filters;
}

Result<std::string> begin(const ReplayAnswersContext& context, const std::string& body) {
    ReplayRegistry& replays = context.replays;
    MB_TRY(const auto request, parse_replay_request(body));
    MB_TRY(auto spec, resolve_replay(places_of(context), replays.names(), request));
    if (spec.name.empty()) {
        spec.name = replays.free_name();
    }
    spec.lanes = replays.lanes();
    const std::string name = spec.name;
    if (const auto known = replays.find(name); known && goes_on(*known, spec)) {
        return answer_status(replays, name);
    }
    MB_TRY_STATUS(replays.begin(std::move(spec)));
    return answer_status(replays, name);
}

Result<SequenceNumber> cursor_of(const Json& body, SequenceNumber fallback) {
    if (!body.contains("cursor")) {
        return fallback;
    }
    if (!body["cursor"].is_string()) {
        return base::fail(Code::Invalid, "\"cursor\" must be a text");
    }
    return SequenceNumber::parse(body["cursor"].get<std::string>());
}

Result<std::string> resolve(const ReplayAnswersContext& context, const std::string& body) {
    MB_TRY(const auto request, parse_replay_request(body));
    MB_TRY(const auto choice, resolve_choice(places_of(context), request));
    return Json{{"from", choice.range.from.to_string()}, {"to", choice.range.to.to_string()}}
               .dump() +
           "\n";
}

double part_of(const ReplayChoice& choice, SequenceNumber next) {
    if (next > choice.range.to) {
        return 1;
    }
    const auto all = choice.range.to.position() - choice.range.from.position() + 1;
    return static_cast<double>(next.position() - choice.range.from.position()) /
           static_cast<double>(all);
}

std::string part_json(const ReplayChoice& choice, const ReplayPart& part) {
    const std::string text = Json{
        {"cursor", part.next.to_string()},
        {"done", part_of(choice, part.next)},
        {"end", part.next > choice.range.to},
        {"records", part.records},
        {"bytes", part.bytes}}.dump();
    return text + "\n" + part.lines;
}

Result<std::string> read(const ReplayAnswersContext& context, const std::string& body,
                         Lines lines) {
    MB_TRY(const Json parsed, parse_object(body));
    const bool is_kept = lines == Lines::Made && parsed.contains("name");
    ReplayChoice choice;
    std::string table;
    std::vector<std::string> filters;
    if (is_kept) {
        MB_TRY(const std::string name, name_of(parsed));
        MB_TRY(const auto status, context.replays.find(name));
        const ReplaySpec& spec = status.record.spec;
        choice = spec.choice;
        table = spec.table;
        filters = spec.filters;
        MB_TRY(const auto cursor, cursor_of(parsed, choice.range.from));
        const bool counts = parsed.contains("taken") && parsed["taken"].is_number_unsigned();
        const auto taken = counts ? parsed["taken"].get<std::uint64_t>() : 0;
        MB_TRY_STATUS(context.replays.note_taken(name, cursor, taken));
    } else {
        MB_TRY(const auto request, parse_replay_request(body));
        if (!request.compare.empty()) {
            return base::fail(Code::Invalid, "\"compare\" is of functions that are called");
        }
        MB_TRY(choice, resolve_choice(places_of(context), request));
        table = request.table;
        filters = request.filters;
    }
    MB_TRY(const auto from, cursor_of(parsed, choice.range.from));
    MB_TRY(const auto part,
           read_part(context.log, context.identity, table, choice, filters, from, lines));
    return part_json(choice, part);
}

Result<std::string> list(const ReplayRegistry& replays) {
    Json all = Json::array();
    for (const ReplayStatus& status : replays.list()) {
        all.push_back(replay_json(status));
    }
    return Json{{"replays", std::move(all)}}.dump() + "\n";
}

// A document for each difference is JSON already.
Result<std::string> differences(const ReplayRegistry& replays, const std::string& body) {
    MB_TRY(const Json parsed, parse_object(body));
    MB_TRY(const std::string name, name_of(parsed));
    MB_TRY(const auto all, replays.differences(name));
    return fmt::format("{{\"differences\":[{}]}}\n", fmt::join(all, ","));
}

Result<std::string> change(ReplayRegistry& replays, const std::string& route,
                           const std::string& body) {
    MB_TRY(const Json parsed, parse_object(body));
    MB_TRY(const std::string name, name_of(parsed));
    if (route == "POST replays/drop") {
        MB_TRY_STATUS(replays.drop(name));
        return std::string("{}\n");
    }
    if (route == "POST replays/pause") {
        MB_TRY_STATUS(replays.pause(name));
    } else if (route == "POST replays/resume") {
        MB_TRY_STATUS(replays.resume(name));
    } else {
        MB_TRY_STATUS(replays.cancel(name));
    }
    return answer_status(replays, name);
}

}  // namespace

Result<std::string> show_replay(const ReplayAnswersContext& context, const std::string& name,
                                bool at_once) {
    MB_TRY(const auto status, context.replays.find(name));
    if (status.record.state == ReplayState::Running && !at_once) {
        return std::string();
    }
    return replay_json(status).dump() + "\n";
}

Result<std::string> answer_replays(const ReplayAnswersContext& context, const std::string& route,
                                   const std::string& body) {
    ReplayRegistry& replays = context.replays;
    if (route == "POST replays") {
        return begin(context, body);
    }
    if (route == "GET replays") {
        return list(replays);
    }
    if (route == "POST replays/resolve") {
        return resolve(context, body);
    }
    if (route == "POST replays/count") {
        return read(context, body, Lines::Left);
    }
    if (route == "POST replays/next") {
        return read(context, body, Lines::Made);
    }
    if (route == "POST replays/differences") {
        return differences(replays, body);
    }
    if (route == "POST replays/pause" || route == "POST replays/resume" ||
        route == "POST replays/cancel" || route == "POST replays/drop") {
        return change(replays, route, body);
    }
    return base::fail(Code::NotFound, fmt::format("there is no {}", route));
}

}  // namespace millbeck::runtime
