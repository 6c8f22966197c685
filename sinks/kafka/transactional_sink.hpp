// Mode transactional: one producer, one transaction at a time; what comes while one is under way
// goes together in the next.
#pragma once

#include <memory>

#include "base/random.hpp"
#include "base/result.hpp"
#include "sinks/kafka/sending.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks::kafka {

// Errors: Invalid: librdkafka refuses a setting.
base::Result<std::unique_ptr<Sink>> open_transactional(Setup setup, base::Random& random);

}  // namespace millbeck::sinks::kafka
