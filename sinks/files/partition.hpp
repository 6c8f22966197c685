// Which folder a change belongs into.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millbeck::sinks {

// A valid template, for ever. `dt={date}/hour={hour}` of 20:15 UTC is `dt=2026-11-21/hour=20`.
class Partition {
  public:
    // Invalid: an unknown {name}, an absolute path, `..`, an empty part, one that begins with `_`
    // or `.` (readers of such trees skip those), or characters outside letters, digits, `=-_./`.
    static base::Result<Partition> parse(std::string_view text);

    struct Of {
        std::int64_t milliseconds = 0;  // since 1970
        std::string_view table;
        std::string_view shard;
    };
    [[nodiscard]] std::string folder(const Of& change) const;

    // Changes of one shard with equal hours have equal folders.
    static std::int64_t hour(std::int64_t milliseconds);

  private:
    std::string text_;
};

}  // namespace millbeck::sinks
