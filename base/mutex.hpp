// A mutex that clang's -Wthread-safety understands; only in leaf classes, never held across I/O.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define MB_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define MB_THREAD_ANNOTATION(x)
#endif
#define MB_GUARDED_BY(m) MB_THREAD_ANNOTATION(guarded_by(m))
#define MB_REQUIRES(...) MB_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define MB_EXCLUDES(...) MB_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace millbeck::base {

class MB_THREAD_ANNOTATION(capability("mutex")) Mutex {
  public:
    void lock() MB_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
    void unlock() MB_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
    bool try_lock() MB_THREAD_ANNOTATION(try_acquire_capability(true)) { return mutex_.try_lock(); }

  private:
    std::mutex mutex_;
};

class MB_THREAD_ANNOTATION(scoped_lockable) MutexLock {
  public:
    explicit MutexLock(Mutex& mutex) MB_THREAD_ANNOTATION(acquire_capability(mutex))
        : mutex_(mutex) {
        mutex_.lock();
    }
    ~MutexLock() MB_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

  private:
    Mutex& mutex_;
};

// Waits with any Mutex: `while (!ready) changed.wait(mutex);` under a MutexLock.
using ConditionVariable = std::condition_variable_any;

}  // namespace millbeck::base
