// The third door, of sinks whose target can be read back: what `millbeck verify` compares.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks {

// A row as the target holds it. Equal rows have equal texts, whoever built them.
struct CopiedRow {
    std::string key;      // canonical JSON of the key attributes, as in Message::key
    std::string content;  // everything else the sink keeps of the row, in a form of its own
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

    // Everything this sink keeps at the target, in any order, each row once. Stops at the visitor's
    // error.
    virtual base::Status scan(const std::function<base::Status(CopiedRow)>& visit,
                              base::Instant deadline) = 0;

    // Removes rows, by their key, whatever their version: they are in no table any more.
    virtual base::Status remove(const std::vector<std::string>& keys, base::Instant deadline) = 0;
};

}  // namespace millbeck::sinks
