// The data folder of a node: made if it is not there, and held by one process.
#pragma once

#include <memory>

#include "base/file_system.hpp"
#include "base/result.hpp"

namespace millbeck::runtime {

// Errors, in sentences that name the folder: InUse (by which process, and what to do), NoSpace, Io.
base::Result<std::unique_ptr<base::FolderLock>> open_data_folder(base::FileSystem& files,
                                                                 const base::Path& folder);

}  // namespace millbeck::runtime
