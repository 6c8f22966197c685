// A copy of a table as files: NDJSON or CSV, in Hive-style partitions, complete or not there.
//
// Promise: exactly once, for readers of the manifest. A batch is delivered when its lines are
//          synced and the journal line that says so is; a crash between the two is undone.
// Layout:  see README.md beside this file.
// Source:  partitions as Apache Hive names them (`name=value` folders); CSV: RFC 4180.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/files/files_options.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"

namespace millbeck::sinks {

// Touches no file. Invalid: an option outside its range. Has both other doors, and tend(), which
// completes files that are old enough while nothing comes; stop() completes all.
// Differs from sink.hpp: a batch whose write has begun ends when the disk answers, also after its
// deadline: a file system knows no cancelled sync, and a guess would be a duplicate.
base::Result<std::unique_ptr<Sink>> open_files(FilesOptions options, const SinkContext& context);

}  // namespace millbeck::sinks
