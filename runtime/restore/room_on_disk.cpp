#include "runtime/restore/room_on_disk.hpp"

#include <fmt/format.h>

namespace millbeck::runtime {

base::Status RoomOnDisk::take(std::uint64_t bytes) {
    unseen_bytes_ += bytes;
    if (unseen_bytes_ < kLookBytes) {
        return {};
    }
    unseen_bytes_ = 0;
    MB_TRY(const std::uint64_t free_bytes, files_.free_bytes(folder_));
    if (free_bytes < kLeftBytes + kLookBytes) {
        return base::fail(base::Code::NoSpace,
                          fmt::format("the disk of {} has {} MB left, which the log and the tables "
                                      "need",
                                      folder_.native(), free_bytes >> 20U));
    }
    return {};
}

}  // namespace millbeck::runtime
