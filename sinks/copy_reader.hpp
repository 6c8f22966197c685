// The third door, of sinks whose target can be read back: what `millbeck verify` compares.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks {

// A row as the target holds it. Equal rows have equal texts, whoever built them.
struct CopiedRow {
    std::string key;      // canonical JSON of the key attributes, as in Message::key
    std::string content;  // everything else the sink keeps of the row, in a form of its own
    // Of a derived row: somebody else may keep it there, so one that no row asks for is not extra.
    bool may_be_foreign = false;
};

// What the target keeps because of a row beside the row itself, as an entry of a leaderboard.
struct DerivedRow {
    std::string key;  // JSON, unlike the key of any row and the same for the same entry
    // nullopt: nobody can say whether it is there, nor what it holds.
    std::optional<std::string> content;
};

// Threads: one call at a time; beside deliver().
// Errors:  those of the target, one sentence each.
class CopyReader {
  public:
    virtual ~CopyReader() = default;

    // What the target should hold of this row (a message of a Content::Rows batch). nullopt:
    // nothing, because the sink's own settings leave it out.
    [[nodiscard]] virtual base::Result<std::optional<CopiedRow>> expected(
        const Message& row) const = 0;

    // What else the target should hold because of the row of this key with this image. Of an image
    // that is not known (""): what the key alone says. Most sinks keep nothing beside rows.
    [[nodiscard]] virtual base::Result<std::vector<DerivedRow>> derived(
        [[maybe_unused]] std::string_view key, [[maybe_unused]] std::string_view image) const {
        return std::vector<DerivedRow>{};
    }

    // Everything this sink keeps at the target, derived rows too, in any order, each once. Stops at
    // the visitor's error.
    virtual base::Status scan(const std::function<base::Status(CopiedRow)>& visit,
                              base::Instant deadline) = 0;

    // Removes rows, by their key, whatever their version: they are in no table any more. What is
    // derived of them stays until it is named by its own key.
    virtual base::Status remove(const std::vector<std::string>& keys, base::Instant deadline) = 0;
};

}  // namespace millbeck::sinks
