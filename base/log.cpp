#include "base/log.hpp"
