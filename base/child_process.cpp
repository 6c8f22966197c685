#include "base/child_process.hpp"
