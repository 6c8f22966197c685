// On-failure destinations as they are configured: opened once, and found by the ARNs that stand for
// them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "triggers/failed_batch.hpp"
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
};

// null for the dead-letter store, which takes what nobody else does. A function gets the document
// with the event as its payload, and has taken it when it has answered without an error.
// Invalid: not a place of its kind.
base::Result<std::shared_ptr<triggers::FailureDestination>> open_destination(
    const DestinationContext& context, const triggers::OnFailure& to);

}  // namespace millbeck::runtime
