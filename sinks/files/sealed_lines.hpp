// Lines of JSON that prove their own wholeness: the last member is a checksum of what precedes it.
// A file of them that is written one line a sync can only be torn at its end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millbeck::sinks {

// `object`: a JSON object without its closing brace and without line ends. The line, sealed.
std::string seal(std::string object);

struct SealedLines {
    std::vector<std::string> lines;  // whole JSON objects, `sum` included
    std::size_t bytes = 0;           // where the last whole line ends
};

// A torn end is left out. Errors: Corrupt (a broken line with whole ones behind it).
base::Result<SealedLines> read_sealed(std::string_view text);

}  // namespace millbeck::sinks
