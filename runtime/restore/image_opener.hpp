// How a thread that may wait comes to the image it reads.
#pragma once

#include <functional>
#include <memory>

#include "base/result.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::runtime {

// Called once, on the thread of the restore or backup: it may read much of the log.
using ImageOpener = std::function<base::Result<std::shared_ptr<const shardlog::TableImage>>()>;

}  // namespace millbeck::runtime
