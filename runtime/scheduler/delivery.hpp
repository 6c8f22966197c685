// What a trigger does with its records: what an update may change.
#pragma once

#include <memory>

#include "runtime/scheduler/sink_gate.hpp"
#include "sinks/sink.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

struct Delivery {
    triggers::TriggerSpec spec;  // `id` is set by Subscription::open
    std::shared_ptr<sinks::Sink> sink;
    std::shared_ptr<SinkGate> gate;
};

}  // namespace millbeck::runtime
