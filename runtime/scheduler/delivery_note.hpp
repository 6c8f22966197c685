// What became of one delivery, for people who watch (`millbeck dev`) and for measurements.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/clock.hpp"
#include "sinks/sink.hpp"

namespace millbeck::runtime {

// Borrowed for the call.
struct DeliveryNote {
    std::string_view trigger;
    std::string_view function;
    std::string_view shard;
    std::size_t records = 0;
    base::Milliseconds lag{};   // now minus the time of the batch's oldest record
    base::Milliseconds took{};  // inside the sink
    const sinks::Outcome& outcome;
};

// Runs on the thread that delivered, after the checkpoint moved: must be quick.
using DeliveryObserver = std::function<void(const DeliveryNote&)>;

}  // namespace millbeck::runtime
