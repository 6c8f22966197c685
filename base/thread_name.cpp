#include "base/thread_name.hpp"

#include <sys/prctl.h>

namespace millbeck::base {

void name_this_thread(const char* name) {
    ::prctl(PR_SET_NAME, name);
}

}  // namespace millbeck::base
