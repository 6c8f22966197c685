// Mode idempotent: one producer for all shards; a batch is done when all its reports are in.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/kafka/sending.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks::kafka {

// Errors: Invalid: librdkafka refuses a setting.
base::Result<std::unique_ptr<Sink>> open_idempotent(Setup setup);

}  // namespace millbeck::sinks::kafka
