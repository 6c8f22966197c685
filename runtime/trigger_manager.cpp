#include "runtime/trigger_manager.hpp"
