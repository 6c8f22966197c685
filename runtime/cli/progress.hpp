// How far a long command is: one line on a terminal that is written over, nothing elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "runtime/cli/command_line.hpp"

namespace millbeck::runtime::cli {

// Threads: one.
class Progress {
  public:
    // Borrows the terminal. `unit`: "items".
    Progress(Terminal& terminal, std::string unit);
    ~Progress() { wipe(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // `done` units; of the whole work this part (0 to 1), where it is known. Shown at most 5 times
    // a second.
    void show(std::uint64_t done, std::optional<double> part);
    // Takes the line away, so that something else can be said.
    void wipe();

    [[nodiscard]] double seconds() const;  // since it was made

  private:
    Terminal& terminal_;
    const std::string unit_;
    const bool shown_;
    base::SystemClock clock_;
    const base::Instant begin_;
    base::Instant last_;
    bool dirty_ = false;
};

// "1,234,567".
std::string grouped(std::uint64_t number);

// "12,000 items in 0.3 s (40,000/s)".
std::string rate_text(std::uint64_t done, std::string_view unit, double seconds);

}  // namespace millbeck::runtime::cli
