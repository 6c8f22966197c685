#include "triggers/checkpoint_rows.hpp"

namespace millbeck::triggers {

std::optional<WindowState> read_window(const base::Statement& row, int first_column) {
    if (row.column_is_null(first_column + 2)) {
        return std::nullopt;
    }
    return WindowState{.start = base::WallTime{base::Milliseconds{row.column_int(first_column)}},
                       .end = base::WallTime{base::Milliseconds{row.column_int(first_column + 1)}},
                       .state = row.column_text(first_column + 2)};
}

void bind_window(base::Statement& statement, int first_index,
                 const std::optional<WindowState>& window) {
    if (!window) {
        statement.bind_null(first_index).bind_null(first_index + 1).bind_null(first_index + 2);
        return;
    }
    statement.bind(first_index, base::to_millis(window->start))
        .bind(first_index + 1, base::to_millis(window->end))
        .bind(first_index + 2, window->state);
}

}  // namespace millbeck::triggers
