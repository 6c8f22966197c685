// Every kind of target that a sink may have.
#pragma once

#include <string>
#include <vector>

#include "runtime/config/setting.hpp"
#include "runtime/config/sink_config.hpp"

namespace millbeck::runtime {

struct SinkTarget {
    Setting<SinkConfig> setting;  // its key in a sink
    std::string reference;        // the table of its own settings
};

const std::vector<SinkTarget>& sink_targets();

}  // namespace millbeck::runtime
