#include "runtime/config/sink_check.hpp"

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/config/sink_targets.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;

namespace {

tl::unexpected<base::Error> at_place(const std::string& place, std::string_view what) {
    return base::fail(Code::Invalid, fmt::format("{}: {}", place, what));
}

Status check_sink(const Config& config, const SinkConfig& sink) {
    const triggers::TriggerSpec& spec = sink.spec;
    const std::string name = fmt::format("sink \"{}\": ", spec.name);
    for (const TableConfig& table : config.tables) {
        const auto& stream = table.spec.stream;
        if (table.spec.name == spec.table &&
            (!stream || *stream == shardlog::StreamViewType::KeysOnly ||
             *stream == shardlog::StreamViewType::OldImage)) {
            return at_place(sink.place,
                            fmt::format("{}a copy needs new images, and the stream of table \"{}\" "
                                        "shows none; say stream: NEW_AND_OLD_IMAGES there",
                                        name, spec.table.value()));
        }
    }
    if (spec.retry.longest < spec.retry.first) {
        return at_place(sink.place, name + "retry_longest is shorter than retry_first");
    }
    return {};
}

}  // namespace

// Sinks and triggers keep their places by their names, so they share them.
Status check_sinks(Config& config) {
    std::vector<std::string> kinds;
    for (const SinkTarget& target : sink_targets()) {
        kinds.push_back(target.setting.key);
    }
    std::map<std::string, std::string> places;
    for (SinkConfig& sink : config.sinks) {
        if (!sink.open) {
            return at_place(sink.place, fmt::format("a sink needs a target: one of {}",
                                                    fmt::join(kinds, ", ")));
        }
        if (sink.spec.name.empty()) {
            sink.spec.name = sink.spec.table.value() + "-" + sink.spec.sink;
        }
        const auto [first, is_new] = places.emplace(sink.spec.name, sink.place);
        if (!is_new) {
            return at_place(sink.place, fmt::format("sink \"{}\" is there twice, first at {}",
                                                    sink.spec.name, first->second));
        }
        for (const TriggerConfig& trigger : config.triggers) {
            if (trigger.spec.name == sink.spec.name) {
                return at_place(sink.place,
                                fmt::format("sink \"{}\" has the name of the trigger at {}",
                                            sink.spec.name, trigger.place));
            }
        }
        MB_TRY_STATUS(check_sink(config, sink));
    }
    return {};
}

}  // namespace millbeck::runtime
