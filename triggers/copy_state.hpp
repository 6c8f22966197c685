// How far a copy of a table has come on one shard before and beside its changes: which rows were
// read, each as of which position of the log. Pure.
//
// A copy reads the rows of a shard (they are neighbours in storage) from an image of the table as
// of position S, then goes on with the changes after S. After a restart the image is gone: the rest
// is read from a new image, as of a later position, and the changes are read from the first S on.
// Those that a later image held already are left out, by what is noted here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::triggers {

// The rows behind those of the piece before, up to and with the row key `upto` ("": to the end), as
// they were when the change `as_of` was the newest.
struct CopyPiece {
    shardlog::SequenceNumber as_of;
    std::string upto;
    friend bool operator==(const CopyPiece&, const CopyPiece&) = default;
};

// What the text of a state may take; row keys have up to 3 KB. A copy that is interrupted more
// often than that is begun again.
inline constexpr std::size_t kCopyTextBytesMax = 60'000;

// Invariants: row keys of pieces increase; only the last piece goes to the end.
class CopyState {
  public:
    CopyState() = default;

    // Errors: Invalid (to_text() has not made it).
    static base::Result<CopyState> parse(std::string_view text);
    [[nodiscard]] std::string to_text() const;

    [[nodiscard]] const std::vector<CopyPiece>& pieces() const { return pieces_; }
    [[nodiscard]] bool rows_done() const { return !pieces_.empty() && pieces_.back().upto.empty(); }

    // Rows up to `upto` ("": all) were read as of this position: a new piece, or more of the last
    // one. Requires: not rows_done(), an increasing `upto`, a position not below the last one's.
    void advance(shardlog::SequenceNumber as_of, std::string_view upto);

    // Where the next row is read from: behind this row key. "" at the beginning.
    [[nodiscard]] std::string_view after() const;

    // The first change that the first row read does not hold: where a reader of the shard begins.
    // Requires: a piece.
    [[nodiscard]] shardlog::SequenceNumber first_change() const;
    // The newest change that a row may hold; the beginning of the log without a piece.
    [[nodiscard]] shardlog::SequenceNumber newest() const;

    // Whether the copied rows hold this change already. Requires: rows_done().
    [[nodiscard]] bool holds(std::string_view row_key, shardlog::SequenceNumber change) const;

    // How much of the shard's rows is read, by their hashes: 0..1.
    [[nodiscard]] double progress(const shardlog::HashRange& hashes) const;

    friend bool operator==(const CopyState&, const CopyState&) = default;

    // What the reader of a child has to leave out: the state of its one parent, or of two, whose
    // hashes follow each other.
    struct Parent;
    static CopyState inherited(std::vector<Parent> parents);

  private:
    std::vector<CopyPiece> pieces_;
};

struct CopyState::Parent {
    shardlog::HashRange hashes;
    CopyState state;
};

}  // namespace millbeck::triggers
