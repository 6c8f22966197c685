#include "base/backoff.hpp"
