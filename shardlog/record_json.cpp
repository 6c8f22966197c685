#include "shardlog/record_json.hpp"
