#include "base/http_client.hpp"
