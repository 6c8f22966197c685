// Ctrl-C for commands that must put things in order before they end.
#pragma once

#include "base/result.hpp"

namespace millbeck::runtime::cli {

// From now on SIGINT and SIGTERM are noted instead of ending the process; the second one ends it.
void note_interrupts();

// Cancelled once one was noted.
base::Status check_interrupted();

}  // namespace millbeck::runtime::cli
