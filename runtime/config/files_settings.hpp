// What a configuration says of a sink of files.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/config/setting.hpp"
#include "sinks/files/files_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::FilesOptions>>& files_settings();

// The one-line form: `files: /data/orders`, a folder. Invalid: it is none.
base::Result<sinks::FilesOptions> files_from_text(const std::string& text);

}  // namespace millbeck::runtime
