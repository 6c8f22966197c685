// What every sink is opened with.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"

namespace millbeck::sinks {

// Borrowed for the life of the sink.
struct SinkContext {
    std::string name;   // of the sink, unique in the node; letters, digits, `-`, `_`, `.`
    std::string table;  // that it copies
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    base::FileSystem& files;
};

}  // namespace millbeck::sinks
