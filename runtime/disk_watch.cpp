#include "runtime/disk_watch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"

namespace millbeck::runtime {

namespace {

// 1 for less than the limit, 2 for less than half of it; 0 for more.
unsigned level_of(std::uint64_t free_bytes) {
    unsigned level = 0;
    for (std::uint64_t limit = kDiskLowBytes; free_bytes < limit; limit /= 2) {
        ++level;
    }
    return level;
}

std::string megabytes(std::uint64_t bytes) {
    return fmt::format("{} MB", bytes >> 20U);
}

}  // namespace

DiskWatch::DiskWatch(base::FileSystem& files, base::Path folder, const shardlog::ShardLog& log,
                     base::Metrics& metrics)
    : files_(files),
      folder_(std::move(folder)),
      log_(log),
      free_bytes_(metrics.gauge("millbeck_disk_free_bytes",
                                "What is left on the disk of the data folder.")) {}

std::string DiskWatch::look() {
    const auto free_bytes = files_.free_bytes(folder_);
    if (!free_bytes) {
        return {};  // whoever writes there says why
    }
    free_bytes_.set(static_cast<double>(*free_bytes));
    const unsigned level = level_of(*free_bytes);
    const unsigned before = std::exchange(said_, level == 0 ? 0 : std::max(said_, level));
    if (level > before) {
        std::string said = fmt::format(
            "the disk of {} has {} left, and the log holds {}: make room, or shorten retention; "
            "while a sink's rows are copied (millbeck sinks) the log is kept for longer. Writes "
            "are refused when it is full",
            folder_.native(), megabytes(*free_bytes), megabytes(log_.stats().bytes));
        base::log(base::LogLevel::Warn, "runtime", said);
        return said;
    }
    if (level == 0 && before > 0) {
        std::string said = fmt::format("the disk of {} has room again", folder_.native());
        base::log(base::LogLevel::Info, "runtime", said);
        return said;
    }
    return {};
}

}  // namespace millbeck::runtime
