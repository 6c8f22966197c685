// What a configuration says of a sink of ZeroMQ.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/config/setting.hpp"
#include "sinks/zeromq/zeromq_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::ZeroMqOptions>>& zeromq_settings();

// The one-line form: `zeromq: tcp://*:5556` publishes, `zeromq: push tcp://*:5556` pushes. Invalid:
// it is none.
base::Result<sinks::ZeroMqOptions> zeromq_from_text(const std::string& text);

}  // namespace millbeck::runtime
