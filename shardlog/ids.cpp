#include "shardlog/ids.hpp"
