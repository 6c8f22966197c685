#include "capture/table_store.hpp"
