// Destinations of failed batches and of finished calls as they are configured: opened once, and
// found by the ARNs that stand for them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/lambda/function_reference.hpp"
#include "shardlog/ids.hpp"
#include "triggers/finished_call.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

namespace lambda {
class FunctionRegistry;
}

// All outlive the destinations.
struct DestinationContext {
    base::FileSystem& files;
    base::Random& random;
    const base::Clock& clock;
    lambda::FunctionRegistry& functions;
    shardlog::Identity identity;
    // Calls a function with type Event: kept on disk when it returns.
    std::function<base::Status(const lambda::FunctionReference&, std::string payload)> call_later;
};

// null for the dead-letter store, which takes what nobody else does. A function gets the document
// with the event as its payload: of a batch it has taken it when it has answered without an error;
// a finished call's document is a call of type Event, as on the service.
// Invalid: not a place of its kind.
base::Result<std::shared_ptr<triggers::Destination>> open_destination(
    const DestinationContext& context, const triggers::OnFailure& to);

}  // namespace millbeck::runtime
