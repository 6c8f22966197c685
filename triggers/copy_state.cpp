#include "triggers/copy_state.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "shardlog/record.hpp"

namespace millbeck::triggers {

using shardlog::HashRange;
using shardlog::SequenceNumber;

namespace {

constexpr int kHexBase = 16;
constexpr std::size_t kHashBytes = 8;

tl::unexpected<base::Error> invalid(std::string_view text) {
    return base::fail(base::Code::Invalid,
                      fmt::format("\"{}\" says nothing about a copy", text.substr(0, 80)));
}

void append_hex(std::string& out, std::string_view bytes) {
    for (const char byte : bytes) {
        fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
    }
}

bool read_hex(std::string_view text, std::string& bytes) {
    for (; text.size() >= 2; text.remove_prefix(2)) {
        unsigned value = 0;
        const auto read = std::from_chars(text.data(), text.data() + 2, value, kHexBase);
        if (read.ec != std::errc{} || read.ptr != text.data() + 2) {
            return false;
        }
        bytes.push_back(static_cast<char>(value));
    }
    return text.empty();
}

// What all row keys of `hash` are above, and all of lower hashes below.
std::string bound_of(std::uint64_t hash) {
    std::string bytes;
    for (std::size_t i = kHashBytes; i-- > 0;) {
        bytes.push_back(static_cast<char>(hash >> (8 * i)));
    }
    return bytes;
}

}  // namespace

// `<as of>:<hex of upto>` for each piece, `;` between them; `-` without any.
std::string CopyState::to_text() const {
    std::string text;
    for (const CopyPiece& piece : pieces_) {
        text += text.empty() ? "" : ";";
        piece.as_of.append_to(text);
        text += ':';
        append_hex(text, piece.upto);
    }
    return text.empty() ? "-" : text;
}

base::Result<CopyState> CopyState::parse(std::string_view text) {
    CopyState state;
    if (text == "-") {
        return state;
    }
    std::string_view rest = text;
    while (true) {
        const std::string_view piece = rest.substr(0, rest.find(';'));
        const std::size_t colon = piece.find(':');
        std::string upto;
        if (colon == std::string_view::npos || !read_hex(piece.substr(colon + 1), upto)) {
            return invalid(text);
        }
        MB_TRY(const auto as_of, SequenceNumber::parse(piece.substr(0, colon)));
        const bool follows =
            state.pieces_.empty() || (!state.rows_done() && (upto.empty() || upto > state.after()));
        if (!follows) {
            return invalid(text);
        }
        state.pieces_.push_back({as_of, std::move(upto)});
        if (piece.size() == rest.size()) {
            return state;
        }
        rest.remove_prefix(piece.size() + 1);
    }
}

void CopyState::advance(SequenceNumber as_of, std::string_view upto) {
    MB_CHECK(!rows_done() && as_of >= newest() && (upto.empty() || upto > after()),
             "rows are read in order, from images that only get newer");
    if (!pieces_.empty() && pieces_.back().as_of == as_of) {
        pieces_.back().upto = upto;
    } else {
        pieces_.push_back({as_of, std::string(upto)});
    }
}

std::string_view CopyState::after() const {
    return pieces_.empty() ? std::string_view() : std::string_view(pieces_.back().upto);
}

SequenceNumber CopyState::first_change() const {
    MB_CHECK(!pieces_.empty(), "nothing was read yet");
    return pieces_.front().as_of.next();
}

SequenceNumber CopyState::newest() const {
    SequenceNumber newest;
    for (const CopyPiece& piece : pieces_) {
        newest = std::max(newest, piece.as_of);
    }
    return newest;
}

bool CopyState::holds(std::string_view row_key, SequenceNumber change) const {
    if (change > newest()) {
        return false;
    }
    const auto piece = std::find_if(pieces_.begin(), pieces_.end(), [&](const CopyPiece& each) {
        return each.upto.empty() || row_key <= each.upto;
    });
    return piece != pieces_.end() && change <= piece->as_of;
}

double CopyState::progress(const HashRange& hashes) const {
    if (rows_done()) {
        return 1;
    }
    if (after().size() < kHashBytes) {
        return 0;
    }
    const std::uint64_t hash =
        std::clamp(shardlog::partition_hash(after()), hashes.first, hashes.last);
    return static_cast<double>(hash - hashes.first) /
           (static_cast<double>(hashes.last - hashes.first) + 1);
}

CopyState CopyState::inherited(std::vector<Parent> parents) {
    std::sort(parents.begin(), parents.end(),
              [](const Parent& a, const Parent& b) { return a.hashes.first < b.hashes.first; });
    CopyState state;
    for (const Parent& parent : parents) {
        const auto& pieces = parent.state.pieces_;
        state.pieces_.insert(state.pieces_.end(), pieces.begin(), pieces.end());
        if (!parent.state.rows_done()) {
            state.pieces_.push_back({SequenceNumber{}, ""});  // nothing is held there
        }
        if (&parent != &parents.back()) {
            state.pieces_.back().upto = bound_of(parent.hashes.last + 1);
        }
    }
    return state;
}

}  // namespace millbeck::triggers
