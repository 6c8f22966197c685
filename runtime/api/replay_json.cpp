#include "runtime/api/replay_json.hpp"

#include <nlohmann/json.hpp>

namespace millbeck::runtime {

using Json = nlohmann::ordered_json;

namespace {

std::string time_text(base::WallTime time) {
    return base::to_iso8601(time) + "Z";
}

}  // namespace

Json replay_json(const ReplayStatus& status) {
    const ReplayRecord& record = status.record;
    const ReplaySpec& spec = record.spec;
    Json json = {
        {"name", spec.name},
        {"table", spec.table},
        {"into", spec.target.name},
        {"state", to_string(record.state)},
        {"from", spec.choice.range.from.to_string()},
        {"to", spec.choice.range.to.to_string()},
        {"key", spec.key},
        {"filters", spec.filters},
        {"chosen_records", spec.choice.only.size()},
        {"rate", spec.rate},
        {"batch_size", spec.batch_size},
        {"retries", spec.retries ? Json(*spec.retries) : Json()},
        {"compared_with", spec.compared.trigger.empty() ? Json() : Json(spec.compared.trigger)},
        {"done", status.part_done},
        {"records", record.counts.records},
        {"batches", record.counts.batches},
        {"filtered", record.counts.filtered},
        {"failed_records", record.counts.failed_records},
        {"failed_batches", record.counts.failed_batches},
        {"same_batches", record.counts.same},
        {"different_batches", record.counts.different},
        {"resumed", record.resumed},
        {"started", time_text(record.started)},
        {"ended", record.ended ? Json(time_text(*record.ended)) : Json()},
        {"problem", status.problem}};
    if (record.taken) {
        json["cursor"] = record.taken->to_string();
    }
    return json;
}

}  // namespace millbeck::runtime
