#include "shardlog/shard_log.hpp"
