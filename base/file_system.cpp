#include "base/file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/errno_error.hpp"
#include "base/posix_file.hpp"

namespace millbeck::base {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

tl::unexpected<Error> fail_errno(std::string_view verb, const Path& path, int number) {
    return tl::unexpected<Error>(errno_error(fmt::format("{} {}", verb, path.native()), number));
}

class PosixFolderLock final : public FolderLock {
  public:
    explicit PosixFolderLock(UniqueFd fd) : fd_(std::move(fd)) {}

  private:
    UniqueFd fd_;  // closing it ends the flock
};

int open_flags(OpenMode mode) {
    switch (mode) {
        case OpenMode::Read:
            return O_RDONLY | O_CLOEXEC;
        case OpenMode::ReadWrite:
            return O_RDWR | O_CLOEXEC;
        case OpenMode::Create:
            return O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
        case OpenMode::CreateOrExtend:
            return O_RDWR | O_CREAT | O_CLOEXEC;
    }
    return O_RDONLY | O_CLOEXEC;
}

Result<UniqueFd> open_fd(const Path& path, int flags) {
    int fd = -1;
    do {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
        fd = ::open(path.c_str(), flags, kFileMode);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return fail_errno("open", path, errno);
    }
    return UniqueFd(fd);
}

// Who holds the lock, as its owner wrote it; for the message only.
std::string read_owner(int fd) {
    std::string text(32, '\0');
    const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    text.erase(std::find(text.begin(), text.end(), '\n'), text.end());
    return text.empty() ? "another process" : "process " + text;
}

class PosixFileSystem final : public FileSystem {
  public:
    Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override {
        MB_TRY(UniqueFd fd, open_fd(path, open_flags(mode)));
        return make_posix_file(std::move(fd), path);
    }

    Result<bool> exists(const Path& path) override {
        struct stat status {};
        if (::stat(path.c_str(), &status) == 0) {
            return true;
        }
        if (errno == ENOENT || errno == ENOTDIR) {
            return false;
        }
        return fail_errno("stat", path, errno);
    }

    Status remove(const Path& path) override {
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
            return fail_errno("remove", path, errno);
        }
        return {};
    }

    Status rename(const Path& from, const Path& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) {
            return fail_errno(fmt::format("rename {} to", from.native()), to, errno);
        }
        return {};
    }

    Status create_folders(const Path& path) override {
        Path folder;
        for (const Path& part : path) {
            folder /= part;
            if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
                const int number = errno;
                // A parent we may not write into, or on a read-only mount, may still exist.
                struct stat status {};
                if (::stat(folder.c_str(), &status) != 0) {
                    return fail_errno("create folder", folder, number);
                }
            }
        }
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) {
            return fail_errno("create folder", path, errno);
        }
        if (!S_ISDIR(status.st_mode)) {
            return fail_errno("create folder", path, ENOTDIR);
        }
        return {};
    }

    Result<std::vector<std::string>> list(const Path& path) override {
        std::vector<std::string> names;
        std::error_code error;
        std::filesystem::directory_iterator entry(path, error);
        for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
            names.push_back(entry->path().filename().native());
        }
        if (error) {
            return fail_errno("list", path, error.value());
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    Status sync_folder(const Path& path) override {
        MB_TRY(const UniqueFd fd, open_fd(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (::fsync(fd.get()) != 0) {
            return fail_errno("sync folder", path, errno);
        }
        return {};
    }

    Result<std::uint64_t> free_bytes(const Path& path) override {
        struct statvfs status {};
        if (::statvfs(path.c_str(), &status) != 0) {
            return fail_errno("statvfs", path, errno);
        }
        return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
    }

    Result<std::unique_ptr<FolderLock>> lock_folder(const Path& path) override {
        MB_TRY(UniqueFd fd, open_fd(path / "LOCK", O_RDWR | O_CREAT | O_CLOEXEC));
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            const int number = errno;
            if (number == EWOULDBLOCK) {
                return fail(Code::InUse, fmt::format("folder {} is in use by {}", path.native(),
                                                     read_owner(fd.get())));
            }
            return fail_errno("lock", path, number);
        }
        const std::string owner = fmt::format("{}\n", ::getpid());
        if (::ftruncate(fd.get(), 0) != 0 ||
            ::pwrite(fd.get(), owner.data(), owner.size(), 0) < 0) {
            return fail_errno("write", path / "LOCK", errno);
        }
        return std::make_unique<PosixFolderLock>(std::move(fd));
    }
};

}  // namespace

std::unique_ptr<FileSystem> system_files() {
    return std::make_unique<PosixFileSystem>();
}

}  // namespace millbeck::base
