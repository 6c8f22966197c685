#include "runtime/api/log_answers.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime {

using base::Code;
using base::Result;
using shardlog::SequenceNumber;
using Json = nlohmann::ordered_json;

namespace {

std::string instant_text(base::WallTime time) {
    return base::to_iso8601(time) + "Z";
}

Json instant_json(const std::optional<base::WallTime>& time) {
    return time ? Json(instant_text(*time)) : Json();
}

std::string written(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string stats_json(const LogCosts& costs, const LogAdmin& admin) {
    Json holders = Json::array();
    for (const LogHolder& holder : costs.holders) {
        holders.push_back({{"owner", holder.owner},
                           {"from", holder.from.to_string()},
                           {"segments", holder.segments},
                           {"bytes", holder.bytes}});
    }
    return written({{"first", costs.stats.first.to_string()},
                    {"newest", costs.stats.published.to_string()},
                    {"oldest_time", instant_json(costs.oldest_time)},
                    {"newest_time", instant_json(costs.newest_time)},
                    {"segments", costs.stats.segments},
                    {"bytes", costs.stats.bytes},
                    {"used_bytes", costs.used_bytes},
                    {"archived_segments", costs.stats.archived_segments},
                    {"archived_bytes", costs.stats.archived_bytes},
                    {"archived_raw_bytes", costs.stats.archived_raw_bytes},
                    {"to_compact", costs.stats.to_compact},
                    {"retention_ms", admin.options().retention.count()},
                    {"retention_bytes", admin.options().retention_bytes},
                    {"bytes_per_day", costs.bytes_per_day ? Json(*costs.bytes_per_day) : Json()},
                    {"past_segments", costs.past_segments},
                    {"past_bytes", costs.past_bytes},
                    {"unheld_segments", costs.unheld_segments},
                    {"holders", std::move(holders)}});
}

std::string pins_json(PinBook& pins, SequenceNumber first) {
    Json all = Json::array();
    for (const NamedPin& pin : pins.all()) {
        all.push_back({{"name", pin.name},
                       {"from", pin.from.to_string()},
                       {"made", instant_text(pin.made)},
                       {"reason", pin.reason},
                       {"is_whole", pin.from >= first}});
    }
    return written({{"pins", std::move(all)}});
}

Result<std::string> text_of(const Json& body, const char* name, bool is_needed) {
    if (!body.contains(name) && !is_needed) {
        return std::string();
    }
    if (!body.contains(name) || !body[name].is_string()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be a text", name));
    }
    return body[name].get<std::string>();
}

Result<std::string> change_pins(const std::string& route, std::string_view text,
                                const shardlog::ShardLog& log, const base::Clock& clock,
                                LogAdmin& admin) {
    const Json body = Json::parse(text, nullptr, false);
    if (body.is_discarded() || !body.is_object()) {
        return base::fail(Code::Invalid, "the body must be a JSON object");
    }
    NamedPin pin;
    pin.made = clock.wall();
    MB_TRY(pin.name, text_of(body, "name", true));
    if (route == "POST pins/remove") {
        MB_TRY_STATUS(admin.pins().remove(pin.name));
    } else {
        MB_TRY(const std::string from, text_of(body, "from", true));
        MB_TRY(pin.reason, text_of(body, "reason", false));
        MB_TRY(pin.from, admin.position_of(from));
        MB_TRY_STATUS(admin.pins().add(pin));
    }
    return pins_json(admin.pins(), log.history().oldest());
}

}  // namespace

std::string checkup_json(const LogCheckupStatus& status) {
    using State = LogCheckupStatus::State;
    Json damage = Json::array();
    for (const shardlog::LogDamage& one : status.check.damage) {
        damage.push_back({{"file", one.file}, {"offset", one.offset}, {"what", one.what}});
    }
    const bool has_ended = status.state == State::Ended;
    return written({{"state", has_ended                        ? "ended"
                              : status.state == State::Running ? "running"
                                                               : "none"},
                    {"read_bytes", status.read_bytes},
                    {"all_bytes", status.all_bytes},
                    {"segments", status.check.segments},
                    {"frames", status.check.frames},
                    {"records", status.check.records},
                    {"archived_segments", status.check.archived_segments},
                    {"archived_records", status.check.archived_records},
                    {"indexes", status.check.indexes},
                    {"indexes_absent", status.check.indexes_absent},
                    {"last", status.check.last.to_string()},
                    {"tables_applied", status.applied.to_string()},
                    {"tables_problem", status.tables_problem},
                    {"cancelled", status.check.is_cancelled},
                    {"error", status.error},
                    {"damaged", status.check.damaged},
                    {"damage", std::move(damage)}});
}

bool is_log_route(std::string_view route) {
    const std::string_view path = route.substr(std::min(route.find(' '), route.size() - 1) + 1);
    return path.starts_with("log/") || path == "pins" || path.starts_with("pins/");
}

Result<std::string> answer_log(const std::string& route, std::string_view body,
                               shardlog::ShardLog& log, const base::Clock& clock, LogAdmin& admin) {
    if (route == "POST log/compact") {
        log.compact();
    }
    if (route == "GET log/stats" || route == "POST log/compact") {
        MB_TRY(const LogCosts costs, admin.costs());
        return stats_json(costs, admin);
    }
    if (route == "GET pins") {
        return pins_json(admin.pins(), log.history().oldest());
    }
    if (route == "POST pins/add" || route == "POST pins/remove") {
        return change_pins(route, body, log, clock, admin);
    }
    if (route == "POST log/verify") {
        MB_TRY_STATUS(admin.checkup().begin());
        return checkup_json(admin.checkup().status());
    }
    if (route == "POST log/verify/cancel") {
        admin.checkup().cancel();
        return checkup_json(admin.checkup().status());
    }
    return base::fail(Code::NotFound, fmt::format("there is no {}", route));
}

}  // namespace millbeck::runtime
