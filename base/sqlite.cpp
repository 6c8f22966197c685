#include "base/sqlite.hpp"
