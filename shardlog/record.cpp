#include "shardlog/record.hpp"
