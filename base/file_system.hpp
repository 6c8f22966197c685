// The operating system's files, as few verbs as the log needs, so that tests can break each one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millbeck::base {

using Path = std::filesystem::path;

// A file mapped for reading. The bytes stay valid while the object lives, even after the file is
// removed. Bytes written through File::write_at inside the mapped range become visible in it.
class Mapping {
  public:
    virtual ~Mapping() = default;
    [[nodiscard]] virtual std::string_view bytes() const = 0;
};

// One open file. Closed by the destructor.
// Threads: read_at and write_at of disjoint ranges may run at once; the rest by one thread.
// Errors:  NoSpace (ENOSPC, EDQUOT), Io (everything else).
class File {
  public:
    virtual ~File() = default;

    // Reads until `into` is full or the file ends; returns the number of bytes read.
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;

    // Writes all of `bytes` or fails; after a failure the range is undefined.
    virtual Status write_at(std::uint64_t offset, std::string_view bytes) = 0;

    // fdatasync. After a failure nobody knows what is on disk.
    virtual Status sync_data() = 0;

    // Grows the file to at least `bytes` with space reserved on disk (fallocate); never shrinks.
    virtual Status reserve(std::uint64_t bytes) = 0;

    virtual Status truncate(std::uint64_t bytes) = 0;

    [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;

    // Maps bytes [0, bytes) for reading. Fails with Corrupt if the file is shorter.
    [[nodiscard]] virtual Result<std::shared_ptr<const Mapping>> map(std::uint64_t bytes) const = 0;
};

enum class OpenMode {
    Read,            // must exist
    ReadWrite,       // must exist
    Create,          // must not exist; mode 0600
    CreateOrExtend,  // opened if it exists, else made; mode 0600
};

// Held while this process owns a folder; released by the destructor.
class FolderLock {
  public:
    virtual ~FolderLock() = default;
};

// Threads: any. Errors: NotFound (no such file), InUse (open with Create: it exists;
// lock_folder: another process holds it), NoSpace, Io.
class FileSystem {
  public:
    virtual ~FileSystem() = default;

    virtual Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) = 0;
    virtual Result<bool> exists(const Path& path) = 0;
    virtual Status remove(const Path& path) = 0;                  // missing is not an error
    virtual Status rename(const Path& from, const Path& to) = 0;  // replaces `to`
    virtual Status create_folders(const Path& path) = 0;          // like mkdir -p, mode 0700
    virtual Result<std::vector<std::string>> list(const Path& path) = 0;  // names, sorted
    virtual Status sync_folder(const Path& path) = 0;
    virtual Result<std::uint64_t> free_bytes(const Path& path) = 0;

    // Takes an exclusive flock on `path`/LOCK. InUse names the process that holds it.
    virtual Result<std::unique_ptr<FolderLock>> lock_folder(const Path& path) = 0;
};

// POSIX. One instance is enough for a process; it holds no state.
std::unique_ptr<FileSystem> system_files();

// Writes `bytes` to a temporary neighbour (0600), syncs, renames over `path`, syncs the folder:
// a reader sees the old file or the new one, whole.
Status write_atomically(FileSystem& files, const Path& path, std::string_view bytes);

// The whole file. Fails with LimitExceeded when it is larger than `bytes_max`.
Result<std::string> read_all(FileSystem& files, const Path& path, std::size_t bytes_max);

}  // namespace millbeck::base
