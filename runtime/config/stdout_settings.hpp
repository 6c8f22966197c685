// What a configuration says of a sink of standard output.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/config/setting.hpp"
#include "sinks/output/output_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::OutputOptions>>& stdout_settings();

// The one-line form: `stdout: records` or `stdout: rows`. Invalid: it is none.
base::Result<sinks::OutputOptions> stdout_from_text(const std::string& text);

}  // namespace millbeck::runtime
