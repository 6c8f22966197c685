// Leaves the log and the tables room on the disk while something large is written beside them.
#pragma once

#include <cstdint>

#include "base/file_system.hpp"
#include "base/result.hpp"

namespace millbeck::runtime {

// Threads: one.
class RoomOnDisk {
  public:
    static constexpr std::uint64_t kLeftBytes = 256U << 20U;
    static constexpr std::uint64_t kLookBytes = 16U << 20U;  // written between two looks

    // `folder` must be there, and so must `files`, for as long as this is used.
    RoomOnDisk(base::FileSystem& files, base::Path folder)
        : files_(files), folder_(std::move(folder)) {}

    // Before so many bytes are written. NoSpace: less than kLeftBytes would be left.
    base::Status take(std::uint64_t bytes);

  private:
    base::FileSystem& files_;
    const base::Path folder_;
    std::uint64_t unseen_bytes_ = kLookBytes;  // the first time it looks
};

}  // namespace millbeck::runtime
