#include "sinks/handler/output_pump.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "base/thread_name.hpp"
#include "base/unique_fd.hpp"

namespace millbeck::sinks {

namespace {

class EpollPump final : public OutputPump {
  public:
    EpollPump(base::UniqueFd epoll, base::UniqueFd wake)
        : epoll_(std::move(epoll)), wake_(std::move(wake)) {}

    void run(std::stop_token stop) override {
        base::name_this_thread("handler-output");
        const std::stop_callback wake(stop, [this] { ring(); });
        std::array<epoll_event, 16> events{};
        while (!stop.stop_requested()) {
            const int count =
                ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                serve(events.at(static_cast<std::size_t>(i)).data.fd);
            }
        }
        std::uint64_t rings = 0;  // or the next run() would never sleep
        [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &rings, sizeof rings);
    }

    void add(std::shared_ptr<PumpTarget> target) override {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = target->fd();
        const base::MutexLock lock(mutex_);
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, target->fd(), &event) != 0) {
            base::log(base::LogLevel::Warn, "sinks",
                      "what an idle handler does will be noticed late: epoll refused its file",
                      {{"errno", std::int64_t{errno}}});
            return;
        }
        targets_[target->fd()] = std::move(target);
    }

    void remove(const PumpTarget& target) override {
        const base::MutexLock lock(mutex_);
        const auto found = targets_.find(target.fd());
        if (found != targets_.end() && found->second.get() == &target) {
            forget(found);
        }
    }

  private:
    using Targets = std::map<int, std::shared_ptr<PumpTarget>>;

    void ring() const {
        const std::uint64_t one = 1;
        // A full counter rings as well: nothing to do about a failure.
        [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
    }

    // Calls outside of the lock: the receiver of a line may be slow.
    void serve(int fd) {
        std::shared_ptr<PumpTarget> target;
        {
            const base::MutexLock lock(mutex_);
            const auto found = targets_.find(fd);
            if (found == targets_.end()) {
                return;
            }
            target = found->second;
        }
        if (!target->on_readable()) {
            remove(*target);
        }
    }

    void forget(Targets::iterator found) MB_REQUIRES(mutex_) {
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->first, nullptr);
        targets_.erase(found);
    }

    base::UniqueFd epoll_;
    base::UniqueFd wake_;
    base::Mutex mutex_;
    Targets targets_ MB_GUARDED_BY(mutex_);
};

}  // namespace

base::Result<std::unique_ptr<OutputPump>> OutputPump::create() {
    base::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    base::UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wake.get();
    if (!epoll.valid() || !wake.valid() ||
        ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) {
        return base::fail(base::Code::Io, "the system gives no file for watching handlers (epoll)");
    }
    return std::unique_ptr<OutputPump>(
        std::make_unique<EpollPump>(std::move(epoll), std::move(wake)));
}

}  // namespace millbeck::sinks
