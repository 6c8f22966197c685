#include "shardlog/number.hpp"
