// A sink of a configuration: which table is copied where, and how its target is opened.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "sinks/row.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

// What a sink gets when it says nothing else: larger batches than functions, as targets like them.
inline triggers::TriggerSpec fresh_sink() {
    triggers::TriggerSpec spec;
    spec.batch_size = 1'000;
    spec.copy.emplace();
    return spec;
}

struct SinkConfig {
    triggers::TriggerSpec spec = fresh_sink();  // `sink` is the kind of its target
    sinks::RowMapping mapping;
    std::function<base::Result<std::unique_ptr<sinks::Sink>>(const sinks::RowMapping&,
                                                             const sinks::SinkContext&)>
        open;
    // Makes relative paths of the target begin at this folder; empty: it has none.
    std::function<void(const base::Path& folder)> settle_paths;
    std::string place;
};

}  // namespace millbeck::runtime
