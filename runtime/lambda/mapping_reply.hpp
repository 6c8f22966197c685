// An event source mapping as a reply shows it, in the service's words.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/mapping_document.hpp"
#include "runtime/trigger_manager.hpp"

namespace millbeck::runtime::lambda {

// What a mapping is in the middle of.
enum class Phase { Settled, Enabling, Disabling, Updating, Deleting };

// The member State.
std::string_view state_of(Phase phase, bool enabled);

// Of an update, by whether the mapping was and will be enabled.
Phase phase_of_update(bool before, bool after);

// The member LastProcessingResult.
std::string_view words_of(LastResult result);

// The whole reply.
nlohmann::json mapping_reply(const MappingDocument& mapping, std::string_view state,
                             std::string_view result, const shardlog::Identity& identity);

}  // namespace millbeck::runtime::lambda
