// The settings of a trigger, as the configuration file writes them, as the members of Lambda's
// calls on event source mappings. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "runtime/config/settings.hpp"

namespace millbeck::runtime::cli {

// By the file's key ("batch_size"); each value is what would stand behind it in the file.
using WrittenSettings = std::map<std::string, std::string>;

// The rows of the file's triggers that a mapping has as well: all but its name.
std::vector<Setting<TriggerConfig>> mapping_rows();

// The members of a request that sets these and nothing else. `stream_arn` is of the mapping's
// stream: its region and account are those of functions that are named. Invalid, with the flag's
// name in front: what the file would not take, and what a mapping cannot be.
base::Result<nlohmann::json> mapping_members(const WrittenSettings& written,
                                             const std::string& stream_arn);

}  // namespace millbeck::runtime::cli
