#include <fmt/format.h>

#include "base/file_system.hpp"

namespace millbeck::base {
namespace {

Status write_and_sync(FileSystem& files, const Path& path, std::string_view bytes) {
    MB_TRY(const std::unique_ptr<File> file, files.open(path, OpenMode::Create));
    MB_TRY_STATUS(file->write_at(0, bytes));
    return file->sync_data();
}

Path folder_of(const Path& path) {
    return path.has_parent_path() ? path.parent_path() : Path(".");
}

}  // namespace

Status write_atomically(FileSystem& files, const Path& path, std::string_view bytes) {
    // One fixed name: every file has one owner, and what a crash left behind is cleared here.
    Path temporary = path;
    temporary += ".tmp";
    MB_TRY_STATUS(files.remove(temporary));
    Status written = write_and_sync(files, temporary, bytes);
    if (written) {
        written = files.rename(temporary, path);
    }
    if (!written) {
        // Best effort: the first error is the one to report.
        static_cast<void>(files.remove(temporary));
        return written;
    }
    return files.sync_folder(folder_of(path));
}

Result<std::string> read_all(FileSystem& files, const Path& path, std::size_t bytes_max) {
    MB_TRY(const std::unique_ptr<File> file, files.open(path, OpenMode::Read));
    MB_TRY(const std::uint64_t size, file->size());
    if (size > bytes_max) {
        return fail(Code::LimitExceeded, fmt::format("read {}: {} bytes, at most {} are allowed",
                                                     path.native(), size, bytes_max));
    }
    std::string bytes(size, '\0');
    MB_TRY(const std::size_t read, file->read_at(0, bytes));
    bytes.resize(read);
    return bytes;
}

}  // namespace millbeck::base
