#include "shardlog/item.hpp"
