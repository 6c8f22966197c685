#include "runtime/transfer/csv.hpp"

#include <utility>

#include <fmt/format.h>

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;

namespace {
constexpr std::size_t kChunkBytes = 256U << 10U;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
}  // namespace

tl::unexpected<base::Error> CsvReader::wrong(std::string_view what) const {
    return base::fail(Code::Invalid, fmt::format("line {}: {}", row_line_, what));
}

Result<int> CsvReader::take() {
    if (at_ == buffer_.size()) {
        buffer_.resize(kChunkBytes);
        at_ = 0;
        auto bytes = source_->read(buffer_);
        buffer_.resize(bytes ? *bytes : 0);
        if (!bytes) {
            return tl::unexpected(std::move(bytes).error());
        }
        if (!begun_ && buffer_.starts_with(kByteOrderMark)) {
            at_ = kByteOrderMark.size();
        }
        begun_ = true;
        if (at_ == buffer_.size()) {
            return -1;
        }
    }
    if (++row_bytes_ > kRowBytesMax) {
        return wrong(fmt::format("a row of more than {} MB", kRowBytesMax >> 20U));
    }
    return static_cast<unsigned char>(buffer_[at_++]);
}

// A byte that ends neither cell nor row.
Status CsvReader::put(State& state, CsvCell& cell, char c) {
    switch (state) {
        case State::Quoted:
            if (c == '"') {
                state = State::Closed;  // unless another quote follows
                return {};
            }
            break;
        case State::Closed:
            if (c != '"') {
                return wrong("text stands behind a closing quote");
            }
            state = State::Quoted;
            break;
        case State::Begin:
            state = c == '"' ? State::Quoted : State::Plain;
            cell.quoted = c == '"';
            if (cell.quoted) {
                return {};
            }
            break;
        case State::Plain:
            break;
    }
    cell.text += c;
    return {};
}

Result<bool> CsvReader::next(std::vector<CsvCell>& row) {
    row.clear();
    row_bytes_ = 0;
    row_line_ = line_;
    State state = State::Begin;
    CsvCell cell;
    bool carriage = false;  // one was seen that may be half of a line's end
    while (true) {
        MB_TRY(const int taken, take());
        const bool inside = state == State::Quoted;
        if (taken < 0 || (taken == '\n' && !inside)) {
            if (inside) {
                return wrong("a quote is not closed");
            }
            line_ += taken < 0 ? 0 : 1;
            const bool empty = row.empty() && state == State::Begin;
            if (!empty) {
                row.push_back(std::move(cell));
                return true;
            }
            if (taken < 0) {
                return false;
            }
            carriage = false;
            row_line_ = line_;
            continue;
        }
        if (carriage) {
            carriage = false;
            MB_TRY_STATUS(put(state, cell, '\r'));
        }
        if (taken == '\r' && !inside) {
            carriage = true;
        } else if (taken == ',' && !inside) {
            row.push_back(std::exchange(cell, {}));
            state = State::Begin;
        } else {
            line_ += taken == '\n' ? 1 : 0;
            MB_TRY_STATUS(put(state, cell, static_cast<char>(taken)));
        }
    }
}

void append_csv_cell(std::string& out, std::string_view text) {
    if (!text.empty() && text.find_first_of("\",\r\n") == std::string_view::npos) {
        out.append(text);
        return;
    }
    out += '"';
    for (const char c : text) {
        out.append(c == '"' ? 2 : 1, c);
    }
    out += '"';
}

}  // namespace millbeck::runtime
