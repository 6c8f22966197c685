// Settings about what fails, of triggers and sinks alike.
#pragma once

#include "base/result.hpp"
#include "runtime/config/value.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

// Errors: Invalid, without the key.
base::Status set_maximum_retry_attempts(triggers::TriggerSpec& spec, const Value& value);
base::Status set_maximum_record_age(triggers::TriggerSpec& spec, const Value& value);
base::Status set_on_failure(triggers::TriggerSpec& spec, const Value& value);

}  // namespace millbeck::runtime
