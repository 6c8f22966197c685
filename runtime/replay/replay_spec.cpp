#include "runtime/replay/replay_spec.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/hmac.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using shardlog::SequenceNumber;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<std::pair<ReplayState, std::string_view>, 5> kStates = {
    {{ReplayState::Running, "running"},
     {ReplayState::Paused, "paused"},
     {ReplayState::Finished, "finished"},
     {ReplayState::Failed, "failed"},
     {ReplayState::Cancelled, "cancelled"}}};

std::string from_hex(const std::string& text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
    }
    return bytes;
}

Json choice_json(const ReplayChoice& choice) {
    Json only = Json::array();
    for (const SequenceNumber position : choice.only) {
        only.push_back(position.position());
    }
    return {{"table", choice.table.value()},           {"from", choice.range.from.position()},
            {"to", choice.range.to.position()},        {"match", static_cast<int>(choice.match)},
            {"row_key", base::to_hex(choice.row_key)}, {"only", std::move(only)}};
}

ReplayChoice choice_of(const Json& json) {
    ReplayChoice choice;
    choice.table = shardlog::TableId{json.at("table").get<std::uint32_t>()};
    choice.range = {SequenceNumber{json.at("from").get<std::uint64_t>()},
                    SequenceNumber{json.at("to").get<std::uint64_t>()}};
    choice.match = static_cast<KeyMatch>(json.at("match").get<int>());
    choice.row_key = from_hex(json.at("row_key").get<std::string>());
    for (const Json& position : json.at("only")) {
        choice.only.emplace_back(position.get<std::uint64_t>());
    }
    return choice;
}

Json spec_json(const ReplaySpec& spec) {
    return {{"table", spec.table},
            {"choice", choice_json(spec.choice)},
            {"key", spec.key},
            {"filters", spec.filters},
            {"target_kind", static_cast<int>(spec.target.kind)},
            {"target", spec.target.name},
            {"rate", spec.rate},
            {"batch_size", spec.batch_size},
            {"retries", spec.retries ? Json(*spec.retries) : Json()},
            {"reports_items", spec.reports_items},
            {"bisects", spec.bisects},
            {"lanes", spec.lanes},
            {"compared_trigger", spec.compared.trigger},
            {"compared_function", spec.compared.function},
            {"compared_reports_items", spec.compared.reports_items}};
}

ReplaySpec spec_of(std::string_view name, const Json& json) {
    ReplaySpec spec;
    spec.name = name;
    spec.table = json.at("table").get<std::string>();
    spec.choice = choice_of(json.at("choice"));
    spec.key = json.at("key").get<std::string>();
    spec.filters = json.at("filters").get<std::vector<std::string>>();
    spec.target = {static_cast<ReplayTarget::Kind>(json.at("target_kind").get<int>()),
                   json.at("target").get<std::string>()};
    spec.rate = json.at("rate").get<std::uint64_t>();
    spec.batch_size = json.at("batch_size").get<std::uint32_t>();
    spec.retries.reset();
    if (const Json& retries = json.at("retries"); !retries.is_null()) {
        spec.retries = retries.get<std::uint32_t>();
    }
    spec.reports_items = json.at("reports_items").get<bool>();
    spec.bisects = json.at("bisects").get<bool>();
    spec.lanes = json.at("lanes").get<std::uint32_t>();
    spec.compared.trigger = json.value("compared_trigger", "");
    spec.compared.function = json.value("compared_function", "");
    spec.compared.reports_items = json.value("compared_reports_items", false);
    return spec;
}

Json counts_json(const ReplayCounts& counts) {
    return {{"records", counts.records},
            {"batches", counts.batches},
            {"filtered", counts.filtered},
            {"failed_records", counts.failed_records},
            {"failed_batches", counts.failed_batches},
            {"same", counts.same},
            {"different", counts.different}};
}

ReplayCounts counts_of(const Json& json) {
    ReplayCounts counts;
    counts.records = json.at("records").get<std::uint64_t>();
    counts.batches = json.at("batches").get<std::uint64_t>();
    counts.filtered = json.at("filtered").get<std::uint64_t>();
    counts.failed_records = json.at("failed_records").get<std::uint64_t>();
    counts.failed_batches = json.at("failed_batches").get<std::uint64_t>();
    counts.same = json.value("same", std::uint64_t{0});
    counts.different = json.value("different", std::uint64_t{0});
    return counts;
}

ReplayState state_of(const std::string& text) {
    for (const auto& [state, name] : kStates) {
        if (name == text) {
            return state;
        }
    }
    throw std::invalid_argument("unknown state " + text);
}

base::WallTime time_of(const Json& json) {
    return base::WallTime{base::Milliseconds{json.get<std::int64_t>()}};
}

}  // namespace

std::string_view to_string(ReplayState state) {
    for (const auto& [each, name] : kStates) {
        if (each == state) {
            return name;
        }
    }
    return "";
}

ReplayCounts& ReplayCounts::operator+=(const ReplayCounts& more) {
    records += more.records;
    batches += more.batches;
    filtered += more.filtered;
    failed_records += more.failed_records;
    failed_batches += more.failed_batches;
    same += more.same;
    different += more.different;
    return *this;
}

std::string to_document(const ReplayRecord& record) {
    Json json = {{"spec", spec_json(record.spec)},
                 {"state", to_string(record.state)},
                 {"counts", counts_json(record.counts)},
                 {"problem", record.problem},
                 {"resumed", record.resumed},
                 {"started", base::to_millis(record.started)}};
    if (record.ended) {
        json["ended"] = base::to_millis(*record.ended);
    }
    if (record.taken) {
        json["taken"] = record.taken->position();
    }
    return json.dump();
}

Result<ReplayRecord> parse_document(std::string_view name, std::string_view document) {
    try {
        const Json json = Json::parse(document);
        ReplayRecord record;
        record.spec = spec_of(name, json.at("spec"));
        record.state = state_of(json.at("state").get<std::string>());
        record.counts = counts_of(json.at("counts"));
        record.problem = json.at("problem").get<std::string>();
        record.resumed = json.at("resumed").get<std::uint32_t>();
        record.started = time_of(json.at("started"));
        if (json.contains("ended")) {
            record.ended = time_of(json.at("ended"));
        }
        if (json.contains("taken")) {
            record.taken = SequenceNumber{json.at("taken").get<std::uint64_t>()};
        }
        return record;
    } catch (const std::exception& e) {
        return base::fail(Code::Corrupt,
                          fmt::format("replays.db: the replay \"{}\" cannot be read: "
                                      "{}",
                                      name, e.what()));
    }
}

}  // namespace millbeck::runtime
