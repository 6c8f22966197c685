// One open file of the operating system; made by the file system, used by nobody else.
#pragma once

#include <memory>

#include "base/file_system.hpp"
#include "base/unique_fd.hpp"

namespace millbeck::base {

// `path` is for error messages only.
std::unique_ptr<File> make_posix_file(UniqueFd fd, const Path& path);

}  // namespace millbeck::base
