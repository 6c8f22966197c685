#include "base/result.hpp"
