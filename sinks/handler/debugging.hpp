// A function that is being debugged: one process, time without end, and how to attach to it.
#pragma once

#include <string>

#include <sys/types.h>

#include "sinks/handler/handler.hpp"

namespace millbeck::sinks {

// What a time-out is when a person stands at a breakpoint.
inline constexpr base::Milliseconds kDebugTimeout{24 * 3'600'000};

// The options of a function that is debugged.
HandlerOptions for_debugging(HandlerOptions options);

// How to attach to its process, for a person to copy.
std::string how_to_attach(const HandlerOptions& options, pid_t pid);

// Logs that, if the function is debugged.
void tell_how_to_attach(const HandlerOptions& options, pid_t pid);

}  // namespace millbeck::sinks
