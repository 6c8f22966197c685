// Comma-separated values: rows of cells, quoted where they have to be.
// Source: RFC 4180; a byte order mark in front is skipped, lines may end in LF or CRLF.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "runtime/transfer/byte_source.hpp"

namespace millbeck::runtime {

struct CsvCell {
    std::string text;
    bool quoted = false;  // so `""`, an empty text, differs from nothing at all
};

// Threads: one.
class CsvReader {
  public:
    static constexpr std::size_t kRowBytesMax = 8U << 20U;

    explicit CsvReader(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

    // The next row that has anything in it, false: there is none. Errors: those of the source;
    // Invalid: a quote that is not closed, text behind a closing quote, a row above kRowBytesMax.
    base::Result<bool> next(std::vector<CsvCell>& row);

    [[nodiscard]] std::uint64_t line() const { return row_line_; }  // of the row's begin, from 1
    [[nodiscard]] std::uint64_t position() const { return source_->position(); }

  private:
    enum class State { Begin, Plain, Quoted, Closed };

    // The next byte; -1: there is none.
    base::Result<int> take();
    base::Status put(State& state, CsvCell& cell, char c);
    [[nodiscard]] tl::unexpected<base::Error> wrong(std::string_view what) const;

    std::unique_ptr<ByteSource> source_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::uint64_t line_ = 1;
    std::uint64_t row_line_ = 0;
    std::size_t row_bytes_ = 0;
    bool begun_ = false;
};

// Quotes are put where a reader would need them, and around an empty text.
void append_csv_cell(std::string& out, std::string_view text);

}  // namespace millbeck::runtime
