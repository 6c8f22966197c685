// Where given-up batches go: a trigger's on_failure, and what an ARN of AWS stands for.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "runtime/config/value.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

inline constexpr std::string_view kPlacesOfFailure =
    "dead-letters, {folder: FOLDER}, {url: http://...}, {kafka: kafka://BROKER/TOPIC} or "
    "{function: NAME}";

// Invalid: none of kPlacesOfFailure.
base::Result<triggers::OnFailure> on_failure_of(const Value& value);

}  // namespace millbeck::runtime
