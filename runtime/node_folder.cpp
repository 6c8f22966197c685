#include "runtime/node_folder.hpp"

#include <utility>

#include <fmt/format.h>

namespace millbeck::runtime {

using base::Code;
using base::Error;
using base::Result;
using base::Status;

Result<std::unique_ptr<base::FolderLock>> open_data_folder(base::FileSystem& files,
                                                           const base::Path& folder) {
    const auto context = [&](Error error) {
        error.message =
            fmt::format("data folder {} cannot be used: {}", folder.native(), error.message);
        return tl::unexpected<Error>(std::move(error));
    };
    if (Status made = files.create_folders(folder); !made) {
        made.error().code = made.error().code == Code::NoSpace ? Code::NoSpace : Code::Io;
        return context(std::move(made).error());
    }
    auto lock = files.lock_folder(folder);
    if (!lock) {
        if (lock.error().code == Code::InUse) {
            return base::fail(Code::InUse, "data " + lock.error().message +
                                               ": stop it, or choose another folder with --data");
        }
        return context(std::move(lock).error());
    }
    return std::move(*lock);
}

}  // namespace millbeck::runtime
