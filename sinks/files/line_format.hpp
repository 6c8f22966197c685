// A change as a line of a file, and back.
//
// NDJSON: see message_form.hpp. CSV: a flat row's members as columns, `_key` as JSON text; an
// absent value is an empty cell, an empty text is `""`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sinks/files/files_options.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks {

// Threads: any; it does not change.
class LineFormat {
  public:
    explicit LineFormat(const FilesOptions& options);

    // The first line of each file; "" for none.
    [[nodiscard]] std::string header() const;

    // Errors: Corrupt (an image is no DynamoDB JSON), Invalid (an attribute has no column).
    base::Status append(std::string& out, const Message& message, std::string_view shard) const;

    // A line that says that a key is in the table no more.
    [[nodiscard]] std::string removal(std::string_view key, std::string_view sequence) const;

    // Where the line that begins at `text` ends, its line end included; npos: not in this text.
    [[nodiscard]] std::size_t line_end(std::string_view text) const;

    struct Line {
        std::string key;
        std::string sequence;
        bool is_removal = false;
        std::string content;
    };
    // One line without its end. Errors: Corrupt.
    [[nodiscard]] base::Result<Line> read(std::string_view line) const;

  private:
    base::Status append_row(std::string& out, const Message& message, std::string_view shard) const;
    base::Status append_cells(std::string& out, const Row& row) const;

    FilesOptions::Format format_;
    FilesOptions::Lines lines_;
    FilesOptions::NewAttributes new_attributes_;
    RowMapping mapping_;
    std::vector<std::string> columns_;
};

}  // namespace millbeck::sinks
