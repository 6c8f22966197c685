// libmemcached's handle, with a deadline for each command.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/memcached/entry.hpp"
#include "sinks/memcached/memcached_options.hpp"

namespace millbeck::sinks::memcached {

// Connects at first use. Of no more use after an error other than a refused entry. Threads: one.
class Client {
  public:
    explicit Client(const MemcachedOptions& options);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    enum class Written {
        Yes,
        TooLarge,  // nothing is there now
    };
    // Unavailable (no connection), DeadlineExceeded, Io.
    base::Result<Written> write(const Entry& entry, base::Milliseconds patience);

    // Whether a server has answered yet.
    [[nodiscard]] bool was_asked() const { return was_asked_; }

  private:
    struct Impl;
    base::Status remove(const std::string& key);
    [[nodiscard]] base::Error error(int code) const;

    std::unique_ptr<Impl> impl_;
    bool was_asked_ = false;
};

}  // namespace millbeck::sinks::memcached
