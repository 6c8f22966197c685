#include "runtime/cli/progress.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace millbeck::runtime::cli {

namespace {
constexpr base::Milliseconds kPause{200};
}  // namespace

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t i = text.size(); i > 3; i -= 3) {
        text.insert(i - 3, ",");
    }
    return text;
}

std::string rate_text(std::uint64_t done, std::string_view unit, double seconds) {
    const double rate = static_cast<double>(done) / std::max(seconds, 0.001);
    return fmt::format("{} {} in {:.1f} s ({}/s)", grouped(done), unit, seconds,
                       grouped(static_cast<std::uint64_t>(rate)));
}

Progress::Progress(Terminal& terminal, std::string unit)
    : terminal_(terminal),
      unit_(std::move(unit)),
      shown_(&terminal.err == &std::cerr && ::isatty(STDERR_FILENO) == 1),
      begin_(clock_.instant()),
      last_(begin_) {}

double Progress::seconds() const {
    return std::chrono::duration<double>(clock_.instant() - begin_).count();
}

void Progress::show(std::uint64_t done, std::optional<double> part) {
    const base::Instant now = clock_.instant();
    if (!shown_ || now - last_ < kPause) {
        return;
    }
    last_ = now;
    dirty_ = true;
    std::string line = rate_text(done, unit_, seconds());
    if (part && *part > 0) {
        const double whole = std::clamp(*part, 0.001, 1.0);
        line += fmt::format(", {:.0f} %, about {:.0f} s left", 100 * whole,
                            seconds() * (1 - whole) / whole);
    }
    terminal_.err << "\r\x1b[K" << line << std::flush;
}

void Progress::wipe() {
    if (std::exchange(dirty_, false)) {
        terminal_.err << "\r\x1b[K" << std::flush;
    }
}

}  // namespace millbeck::runtime::cli
