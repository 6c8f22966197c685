// The rows of Memcached sinks.
#pragma once

#include <string>
#include <vector>

#include "runtime/config/setting.hpp"
#include "sinks/memcached/memcached_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::MemcachedOptions>>& memcached_settings();

// `host[:port]`, several with commas between them; `memcached://` may stand in front. Invalid
// otherwise.
base::Result<sinks::MemcachedOptions> memcached_from_text(const std::string& text);

}  // namespace millbeck::runtime
