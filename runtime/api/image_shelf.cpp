#include "runtime/api/image_shelf.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/thread_name.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using shardlog::TableImage;

ImageShelf::~ImageShelf() {
    std::jthread ending;
    {
        const base::MutexLock lock(mutex_);
        ending = std::move(thread_);
        ending.request_stop();
    }
    changed_.notify_all();
}

Result<std::uint64_t> ImageShelf::put(std::shared_ptr<const TableImage> image) {
    drop_idle();
    const base::MutexLock lock(mutex_);
    if (images_.size() >= kImagesMax) {
        return base::fail(
            Code::LimitExceeded,
            fmt::format("{} exports are at work already; wait for one of them", kImagesMax));
    }
    images_.emplace(++last_, Kept{std::move(image), clock_.instant()});
    if (!thread_.joinable()) {
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
    changed_.notify_all();
    return last_;
}

Result<std::shared_ptr<const TableImage>> ImageShelf::find(std::uint64_t number) {
    const base::MutexLock lock(mutex_);
    const auto found = images_.find(number);
    if (found == images_.end()) {
        return base::fail(Code::NotFound,
                          fmt::format("there is no export {}: it ended, or nobody read on for {} s",
                                      number, kIdleMax.count() / 1000));
    }
    found->second.idle_since = clock_.instant();
    return found->second.image;
}

void ImageShelf::drop(std::uint64_t number) {
    std::shared_ptr<const TableImage> ended;  // freed without the lock
    const base::MutexLock lock(mutex_);
    if (const auto found = images_.find(number); found != images_.end()) {
        ended = std::move(found->second.image);
        images_.erase(found);
    }
}

void ImageShelf::drop_idle() {
    std::vector<std::shared_ptr<const TableImage>> ended;
    const base::MutexLock lock(mutex_);
    const base::Instant now = clock_.instant();
    for (auto at = images_.begin(); at != images_.end();) {
        if (now - at->second.idle_since >= kIdleMax) {
            ended.push_back(std::move(at->second.image));
            at = images_.erase(at);
        } else {
            ++at;
        }
    }
}

void ImageShelf::run(const std::stop_token& stop) {
    base::name_this_thread("image-shelf");
    while (!stop.stop_requested()) {
        drop_idle();
        const base::MutexLock lock(mutex_);
        if (stop.stop_requested()) {
            return;
        }
        if (images_.empty()) {
            changed_.wait(mutex_);
        } else {
            changed_.wait_for(mutex_, kIdleMax / 10);
        }
    }
}

}  // namespace millbeck::runtime
