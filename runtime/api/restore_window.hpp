// From when to when the states of a table can be told.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "capture/table.hpp"
#include "shardlog/history.hpp"

namespace millbeck::runtime {

struct RestoreWindow {
    base::WallTime earliest{};
    base::WallTime latest{};
};

// nullopt: point-in-time recovery is off. It reaches back to when it was switched on, as far as the
// log or its archive does, and no further than its days. Requires: `now` is the clock's.
std::optional<RestoreWindow> restore_window(const capture::TableDescription& table,
                                            const shardlog::LogHistory& history,
                                            base::WallTime now);

}  // namespace millbeck::runtime
