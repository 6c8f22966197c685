// Images of tables that somebody reads page after page over HTTP, each kept until it is given back
// or nobody has asked for it for a while.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <thread>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::runtime {

// Invariants: an image that is dropped while a page of it is read lives until that page is there.
// Threads:    any; lets go of what is idle on one of its own, which exists only once there was an
//             image.
class ImageShelf {
  public:
    static constexpr std::size_t kImagesMax = 16;
    static constexpr base::Milliseconds kIdleMax{300'000};

    // Borrows the clock.
    explicit ImageShelf(const base::Clock& clock) : clock_(clock) {}
    ~ImageShelf();
    ImageShelf(const ImageShelf&) = delete;
    ImageShelf& operator=(const ImageShelf&) = delete;

    // Its number. LimitExceeded.
    base::Result<std::uint64_t> put(std::shared_ptr<const shardlog::TableImage> image);
    // Counts as asking for it. NotFound.
    base::Result<std::shared_ptr<const shardlog::TableImage>> find(std::uint64_t number);
    void drop(std::uint64_t number);
    // Lets go of those that were idle for kIdleMax.
    void drop_idle();

  private:
    struct Kept {
        std::shared_ptr<const shardlog::TableImage> image;
        base::Instant idle_since;
    };

    void run(const std::stop_token& stop);

    const base::Clock& clock_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::map<std::uint64_t, Kept> images_ MB_GUARDED_BY(mutex_);
    std::uint64_t last_ MB_GUARDED_BY(mutex_) = 0;
    std::jthread thread_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
