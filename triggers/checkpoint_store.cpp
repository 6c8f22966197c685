#include "triggers/checkpoint_store.hpp"
