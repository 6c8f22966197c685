#include "sinks/handler/handler.hpp"
