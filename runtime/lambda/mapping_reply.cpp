#include "runtime/lambda/mapping_reply.hpp"

#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

std::string_view state_of(Phase phase, bool enabled) {
    switch (phase) {
        case Phase::Settled:
            return enabled ? "Enabled" : "Disabled";
        case Phase::Enabling:
            return "Enabling";
        case Phase::Disabling:
            return "Disabling";
        case Phase::Updating:
            return "Updating";
        case Phase::Deleting:
            break;
    }
    return "Deleting";
}

Phase phase_of_update(bool before, bool after) {
    if (before == after) {
        return Phase::Updating;
    }
    return after ? Phase::Enabling : Phase::Disabling;
}

std::string_view words_of(LastResult result) {
    switch (result) {
        case LastResult::None:
            return "No records processed";
        case LastResult::Ok:
            return "OK";
        case LastResult::Failed:
            break;
    }
    return "PROBLEM: Function call failed";
}

nlohmann::json mapping_reply(const MappingDocument& mapping, std::string_view state,
                             std::string_view result, const shardlog::Identity& identity) {
    nlohmann::json json = settings_json(mapping.settings, identity);
    json["UUID"] = mapping.uuid;
    json["EventSourceMappingArn"] = mapping_arn(identity, mapping.uuid);
    json["LastModified"] = static_cast<double>(base::to_millis(mapping.modified)) / 1000.0;
    json["LastProcessingResult"] = result;
    json["State"] = state;
    json["StateTransitionReason"] = "User action";
    return json;
}

}  // namespace millbeck::runtime::lambda
