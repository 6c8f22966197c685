// Changes as lines of JSON on the program's standard output, for pipes: `millbeck ... | jq`.
//
// Promise: at least once, handed over to the system: a line in a pipe is read by whoever reads it,
//          or by nobody. Lines are never torn: what a deadline cut in two is finished by the next
//          delivery. A slow reader holds up this sink only, until the deadline of the delivery.
// A reader that goes away ends the sink: every delivery fails with Cancelled and says so.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/output/output_options.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"

namespace millbeck::sinks {

// Ignores SIGPIPE, if nobody said what it should do. Invalid: a mapping without rows, a descriptor
// that is not open.
base::Result<std::unique_ptr<Sink>> open_output(OutputOptions options, const SinkContext& context);

}  // namespace millbeck::sinks
