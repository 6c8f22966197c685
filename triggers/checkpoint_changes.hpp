// The rows of changes that people made to checkpoints; internal to CheckpointStore.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "triggers/checkpoint_store.hpp"

namespace millbeck::triggers {

// Stores the change and gives it its number; what is above the limits goes. Requires: inside the
// transaction that makes the change.
base::Status add_change(base::Database& database, const TriggerId& trigger,
                        CheckpointChange& change);

// The newest first.
base::Result<std::vector<CheckpointChange>> read_changes(base::Database& database,
                                                         const TriggerId& trigger,
                                                         std::size_t limit);

base::Status forget_changes(base::Database& database, const TriggerId& trigger);

}  // namespace millbeck::triggers
