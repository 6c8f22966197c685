// What the rows of triggers.db have in common; internal to CheckpointStore.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "triggers/tumbling_window.hpp"

namespace millbeck::triggers {

// A row that is not what this program writes is damage, whatever part of it fails to parse.
template <typename T>
base::Result<T> stored(base::Result<T> parsed) {
    if (!parsed) {
        return base::fail(base::Code::Corrupt, "triggers.db holds a value that cannot be read: " +
                                                   parsed.error().message);
    }
    return parsed;
}

// Three columns in a row: start and end in ms, state; all of them null without a window.
std::optional<WindowState> read_window(const base::Statement& row, int first_column);
void bind_window(base::Statement& statement, int first_index,
                 const std::optional<WindowState>& window);

}  // namespace millbeck::triggers
