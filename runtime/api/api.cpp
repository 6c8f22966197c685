#include "runtime/api/api.hpp"
