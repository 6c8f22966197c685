#include "base/metrics.hpp"
