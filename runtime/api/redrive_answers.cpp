#include "runtime/api/redrive_answers.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/number_list.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using Json = nlohmann::ordered_json;

namespace {

Result<Json> parse_object(std::string_view body, const std::vector<std::string>& members) {
    Json json = Json::parse(body, nullptr, false);
    if (json.is_discarded() || !json.is_object()) {
        return base::fail(Code::Invalid, "the body must be a JSON object");
    }
    for (const auto& [name, value] : json.items()) {
        if (std::ranges::find(members, name) == members.end()) {
            return base::fail(Code::Invalid, fmt::format("there is no member \"{}\" here", name));
        }
    }
    return json;
}

Result<bool> flag_of(const Json& body, const char* name) {
    if (!body.contains(name)) {
        return false;
    }
    if (!body[name].is_boolean()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be true or false", name));
    }
    return body[name].get<bool>();
}

Result<std::uint64_t> number_of(const Json& body, const char* name, std::uint64_t most) {
    if (!body.contains(name)) {
        return std::uint64_t{0};
    }
    if (!body[name].is_number_unsigned() || body[name].get<std::uint64_t>() > most) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" must be a number from 0 to {}", name, most));
    }
    return body[name].get<std::uint64_t>();
}

Result<RedriveRequest> parse_request(std::string_view body) {
    MB_TRY(const Json json, parse_object(body, {"numbers", "trigger", "all", "rate", "force"}));
    RedriveRequest request;
    MB_TRY(request.all, flag_of(json, "all"));
    MB_TRY(const bool force, flag_of(json, "force"));
    request.force = force ? Force::Yes : Force::No;
    MB_TRY(const auto rate, number_of(json, "rate", std::numeric_limits<std::uint32_t>::max()));
    request.records_per_second = static_cast<std::uint32_t>(rate);
    if (json.contains("numbers")) {
        MB_TRY(request.numbers,
               parse_numbers(Json{{"numbers", json["numbers"]}}.dump(), "dead letters"));
    }
    if (json.contains("trigger")) {
        if (!json["trigger"].is_string() || json["trigger"].get<std::string>().empty()) {
            return base::fail(Code::Invalid, "\"trigger\" must be a name");
        }
        request.trigger = json["trigger"].get<std::string>();
    }
    const int named = (request.numbers.empty() ? 0 : 1) + (request.trigger.empty() ? 0 : 1) +
                      (request.all ? 1 : 0);
    if (named != 1) {
        return base::fail(Code::Invalid,
                          "a redrive is of \"numbers\", or of a \"trigger\", or of \"all\"");
    }
    return request;
}

const char* state_text(RedriveStatus::State state) {
    switch (state) {
        case RedriveStatus::State::Waiting:
            return "waiting";
        case RedriveStatus::State::Running:
            return "running";
        case RedriveStatus::State::Ended:
            break;
    }
    return "ended";
}

Json note_json(const RedriveNote& note) {
    Json keys = Json::array();
    for (const std::string& key : note.changed.keys) {
        keys.push_back(Json::parse(key, nullptr, false));
    }
    return {{"number", note.number},
            {"kind", to_string(note.kind)},
            {"text", note.text},
            {"keys", std::move(keys)},
            {"keys_count", note.changed.count}};
}

std::string statuses_json(const std::vector<RedriveStatus>& statuses) {
    Json all = Json::array();
    for (const RedriveStatus& status : statuses) {
        Json notes = Json::array();
        for (const RedriveNote& note : status.progress.notes) {
            notes.push_back(note_json(note));
        }
        all.push_back({{"id", status.id},
                       {"trigger", status.trigger},
                       {"function", status.function},
                       {"state", state_text(status.state)},
                       {"letters", status.progress.letters},
                       {"redriven", status.progress.redriven},
                       {"records", status.progress.records},
                       {"failed", status.progress.failed},
                       {"skipped", status.progress.skipped},
                       {"cancelled", status.progress.cancelled},
                       {"error", status.progress.error},
                       {"notes", std::move(notes)}});
    }
    return Json{{"redrives", std::move(all)}}.dump(-1, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

}  // namespace

Result<std::string> begin_redrive(Redriver& redriver, std::string_view body) {
    MB_TRY(const auto request, parse_request(body));
    MB_TRY(const auto begun, redriver.begin(request));
    return statuses_json(begun);
}

std::string redrives_json(const Redriver& redriver) {
    return statuses_json(redriver.status());
}

Result<std::string> cancel_redrives(Redriver& redriver, std::string_view body) {
    MB_TRY(const Json json, parse_object(body, {"id"}));
    MB_TRY(const auto id, number_of(json, "id", std::numeric_limits<std::int64_t>::max()));
    redriver.cancel(static_cast<std::int64_t>(id));
    return redrives_json(redriver);
}

bool redrives_ended(const Redriver& redriver) {
    const auto all = redriver.status();
    return std::ranges::all_of(all, [](const RedriveStatus& status) {
        return status.state == RedriveStatus::State::Ended;
    });
}

}  // namespace millbeck::runtime
