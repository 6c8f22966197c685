#include "shardlog/space_watch.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"

namespace millbeck::shardlog {

SpaceWatch::SpaceWatch(base::Path folder, base::Gauge& refusing)
    : folder_(std::move(folder)), gauge_(refusing) {
    gauge_.set(0);
}

void SpaceWatch::note_refused(const base::Error& error) {
    if (error.code != base::Code::NoSpace) {
        return;
    }
    {
        const base::MutexLock lock(mutex_);
        if (refusing_.exchange(true)) {
            return;
        }
        cause_ = error.message;
    }
    gauge_.set(1);
    base::log(base::LogLevel::Error, "shardlog", reason());
}

void SpaceWatch::note_room() {
    if (!refusing_.exchange(false)) {
        return;
    }
    gauge_.set(0);
    base::log(base::LogLevel::Info, "shardlog", "there is room on the disk: writes are taken again",
              {{"folder", folder_.native()}});
}

std::string SpaceWatch::reason() const {
    if (!refusing()) {
        return {};
    }
    const base::MutexLock lock(mutex_);
    return fmt::format(
        "writes are refused for want of room on the disk ({}); make room for {}, or lift the limit "
        "on file sizes, and they are taken again without a restart",
        cause_, folder_.native());
}

}  // namespace millbeck::shardlog
