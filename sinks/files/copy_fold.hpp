// What a table is, by the files of its changes: of each key the newest line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "sinks/copy_reader.hpp"
#include "sinks/files/line_format.hpp"

namespace millbeck::sinks {

// Files in the order of their making; of equal sequence numbers the later line wins.
// Memory: about 200 bytes a key; the files are read twice and never held whole.
// Errors: Corrupt, Io, DeadlineExceeded, LimitExceeded (a line over 64 MB).
class CopyFold {
  public:
    struct Source {
        base::FileSystem& files;
        const LineFormat& format;
        const base::Clock& clock;
        bool is_zstd = false;
    };
    explicit CopyFold(Source source) : source_(source) {}

    base::Status run(const std::vector<base::Path>& parts,
                     const std::function<base::Status(CopiedRow)>& visit, base::Instant deadline);

  private:
    Source source_;
};

}  // namespace millbeck::sinks
