// SIGINT and SIGTERM as something to wait for.
#pragma once

#include <csignal>

namespace millbeck::runtime::cli {

// Make one before any thread starts: threads inherit that these signals are not theirs.
class StopSignals {
  public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals() = default;

    // Returns the first signal, SIGINT or SIGTERM. The next one ends the process at once.
    int wait();

  private:
    sigset_t signals_{};
};

}  // namespace millbeck::runtime::cli
