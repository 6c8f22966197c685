// The rows of Redis (and Valkey) sinks.
#pragma once

#include <string>
#include <vector>

#include "runtime/config/setting.hpp"
#include "sinks/redis/redis_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::RedisOptions>>& redis_settings();

// `redis://[[user]:password@]host[:port][/database]`, `rediss://` for TLS, `unix:///path/of.sock`,
// or `host:port`. `%40` and the like stand for characters of a user or a password. Invalid
// otherwise.
base::Result<sinks::RedisOptions> redis_from_text(const std::string& text);

}  // namespace millbeck::runtime
