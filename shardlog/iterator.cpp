#include "shardlog/iterator.hpp"
