// Which change an item at the target is from, and how that is written beside it.
#pragma once

#include <string>
#include <string_view>

namespace millbeck::sinks::redis {

// A sequence number as a text whose byte order is the order of the numbers: two digits say how many
// follow. Numbers have 1 to 40 digits: more than a double or 64 bits could compare.
std::string version_of(std::string_view sequence);

// The version that rows and changes are all newer than.
inline constexpr std::string_view kNoVersion = "00";

// "<version> <sink> <key>" beside an item, "<version>" where one was removed.
struct Mark {
    std::string_view version;
    std::string_view sink{};
    std::string_view key{};  // canonical JSON of the key attributes

    [[nodiscard]] bool is_tombstone() const { return key.empty(); }
};

std::string write_mark(const Mark& mark);
// Views into `text`. Anything else than a mark is one without version, sink and key.
Mark read_mark(std::string_view text);

}  // namespace millbeck::sinks::redis
