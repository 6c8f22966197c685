#include "base/random.hpp"
