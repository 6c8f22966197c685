// Names of threads, for those who look at the program with top or a profiler.
#pragma once

namespace millbeck::base {

// Names the calling thread. `name` is cut to 15 bytes, the system's limit.
void name_this_thread(const char* name);

}  // namespace millbeck::base
