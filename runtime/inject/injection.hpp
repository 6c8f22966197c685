// All that people may inject into a node for their own tests; there is one only if the server was
// started with --allow-inject.
#pragma once

#include "runtime/inject/fault_plan.hpp"
#include "runtime/inject/marked_log.hpp"
#include "runtime/inject/stream_marks.hpp"

namespace millbeck::runtime {

// Threads:  any.
// Lifetime: log, clock and metrics outlive it.
struct Injection {
    Injection(shardlog::ShardLog& of, const base::Clock& clock, base::Metrics& metrics,
              std::function<void()> crash)
        : plan(clock, metrics, std::move(crash)), log(of, marks) {}

    FaultPlan plan;
    StreamMarks marks;
    MarkedLog log;  // for triggers and whoever reads streams
};

}  // namespace millbeck::runtime
