#include "runtime/cli/interrupt.hpp"

#include <csignal>

namespace millbeck::runtime::cli {

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): all a handler may write
volatile std::sig_atomic_t interrupted = 0;

void note(int signal) {
    interrupted = 1;
    std::signal(signal, SIG_DFL);
}

}  // namespace

void note_interrupts() {
    std::signal(SIGINT, note);
    std::signal(SIGTERM, note);
}

base::Status check_interrupted() {
    if (interrupted != 0) {
        return base::fail(base::Code::Cancelled, "stopped before the end");
    }
    return {};
}

}  // namespace millbeck::runtime::cli
