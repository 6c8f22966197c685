#include "triggers/shard_plan.hpp"
