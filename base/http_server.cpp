#include "base/http_server.hpp"
