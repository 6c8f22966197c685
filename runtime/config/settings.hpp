// The tables of settings: every key a configuration knows, with its default, unit and range.
#pragma once

#include <vector>

#include "runtime/config/config.hpp"
#include "runtime/config/setting.hpp"

namespace millbeck::runtime {

// Also environment variables (MILLBECK_ and the key in capitals) and flags (dashes for `_`).
const std::vector<Setting<NodeSettings>>& node_settings();

const std::vector<Setting<TableConfig>>& table_settings();
const std::vector<Setting<FunctionConfig>>& function_settings();
const std::vector<Setting<TriggerConfig>>& trigger_settings();
const std::vector<Setting<DestinationConfig>>& destination_settings();
const std::vector<Setting<SinkConfig>>& sink_settings();

// `MILLBECK_SHARD_ROLL_AFTER` and `--shard-roll-after` of `shard_roll_after`.
std::string variable_of(std::string_view key);
std::string flag_of_key(std::string_view key);

}  // namespace millbeck::runtime
