#include "base/file_system.hpp"
