#include "triggers/shard_worker.hpp"
