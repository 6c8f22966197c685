#include "runtime/api/restore_window.hpp"

#include <algorithm>
#include <chrono>

namespace millbeck::runtime {

std::optional<RestoreWindow> restore_window(const capture::TableDescription& table,
                                            const shardlog::LogHistory& history,
                                            base::WallTime now) {
    if (!table.recovery) {
        return std::nullopt;
    }
    const auto days = std::chrono::hours(24) * table.recovery->days;
    base::WallTime earliest =
        std::max(table.recovery->since, now - std::chrono::duration_cast<base::Milliseconds>(days));
    if (const auto oldest = history.oldest(); oldest <= history.newest()) {
        if (const auto told = history.time_of(oldest)) {
            earliest = std::max(earliest, *told);
        }
    }
    return RestoreWindow{std::min(earliest, now), now};
}

}  // namespace millbeck::runtime
