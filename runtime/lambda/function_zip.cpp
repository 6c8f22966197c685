#include "runtime/lambda/function_zip.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/errno_error.hpp"
#include "base/unique_fd.hpp"

namespace millbeck::runtime::lambda {

namespace {

using base::Code;
using base::Path;
using base::Result;
using base::Status;

constexpr std::size_t kReadBytes = 64U << 10U;
constexpr std::size_t kNameBytesMax = 1024;
constexpr std::size_t kLinkBytesMax = 1024;

struct CloseZip {
    void operator()(zip_t* zip) const { zip_discard(zip); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Zip = std::unique_ptr<zip_t, CloseZip>;
using ZipFile = std::unique_ptr<zip_file_t, CloseZip>;

tl::unexpected<base::Error> malformed(std::string_view name, std::string_view what) {
    return base::fail(Code::Malformed, fmt::format("entry {} {}", name, what));
}

// One entry, after its name was judged.
struct Entry {
    zip_uint64_t index = 0;
    std::string name;  // relative, without "." or ".."
    mode_t mode = 0;   // type and bits; type 0 is a file
    std::uint64_t bytes = 0;
};

// The parts between slashes; nullopt for what must not be a name.
std::optional<std::vector<std::string_view>> parts_of(std::string_view name) {
    std::vector<std::string_view> parts;
    if (name.empty() || name.front() == '/' || name.size() > kNameBytesMax) {
        return std::nullopt;
    }
    while (!name.empty()) {
        const std::size_t end = std::min(name.find('/'), name.size());
        const std::string_view part = name.substr(0, end);
        if (part == ".." || part.size() > NAME_MAX) {
            return std::nullopt;
        }
        if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return parts;
}

// Only its first parts may lead upwards, and not above the folder: so it stays inside whatever
// other links it goes through.
bool link_stays_inside(std::string_view name, std::string_view target) {
    if (target.empty() || target.front() == '/' || target.find('\0') != std::string_view::npos) {
        return false;
    }
    auto depth = std::count(name.begin(), name.end(), '/');
    bool down = false;
    while (!target.empty()) {
        const std::size_t end = std::min(target.find('/'), target.size());
        const std::string_view part = target.substr(0, end);
        if (part == "..") {
            if (down || --depth < 0) {
                return false;
            }
        } else if (!part.empty() && part != ".") {
            down = true;
        }
        target.remove_prefix(std::min(end + 1, target.size()));
    }
    return true;
}

Result<Entry> read_entry(zip_t* zip, zip_uint64_t index) {
    zip_stat_t stat{};
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE;
    if (zip_stat_index(zip, index, ZIP_FL_ENC_RAW, &stat) != 0 ||
        (stat.valid & kNeeded) != kNeeded) {
        return base::fail(Code::Malformed, fmt::format("entry {} cannot be read", index));
    }
    Entry entry;
    entry.index = index;
    entry.bytes = stat.size;
    const std::string_view name = stat.name;
    const auto parts = parts_of(name);
    if (!parts) {
        return malformed(name, "has a name that leads out of the folder or is too long");
    }
    entry.name = fmt::format("{}", fmt::join(*parts, "/"));
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    zip_file_get_external_attributes(zip, index, 0, &system, &attributes);
    entry.mode = system == ZIP_OPSYS_UNIX || system == ZIP_OPSYS_OS_X ? attributes >> 16U : 0;
    if (name.ends_with('/')) {
        entry.mode = S_IFDIR;
    }
    if ((entry.mode & S_IFMT) == 0) {
        // Made where there are no mode bits: what anyone may read, as AWS's tools set it.
        entry.mode = S_IFREG | (entry.mode != 0 ? entry.mode : 0644);
    }
    return entry;
}

Result<std::vector<Entry>> read_entries(zip_t* zip, const ZipLimits& limits) {
    const auto count =
        static_cast<std::uint64_t>(std::max<zip_int64_t>(0, zip_get_num_entries(zip, 0)));
    if (count > limits.entries_max) {
        return base::fail(Code::LimitExceeded, fmt::format("the zip has {} entries, more than {}",
                                                           count, limits.entries_max));
    }
    std::vector<Entry> entries;
    entries.reserve(count);
    std::uint64_t bytes = 0;
    for (zip_uint64_t index = 0; index < count; ++index) {
        MB_TRY(Entry entry, read_entry(zip, index));
        if (entry.bytes > limits.unzipped_bytes_max - bytes) {
            return base::fail(Code::LimitExceeded,
                              fmt::format("Unzipped size must be smaller than {} bytes",
                                          limits.unzipped_bytes_max));
        }
        bytes += entry.bytes;
        if (!entry.name.empty()) {
            entries.push_back(std::move(entry));
        }
    }
    return entries;
}

// Writes into one folder; knows which folders it has made.
class Unpacker {
  public:
    Unpacker(zip_t* zip, const Path& folder) : zip_(zip), folder_(folder) {}

    Status unpack(const std::vector<Entry>& entries) {
        for (const Entry& entry : entries) {
            switch (entry.mode & S_IFMT) {
                case S_IFDIR:
                    MB_TRY_STATUS(make_folders(folder_ / entry.name));
                    break;
                case S_IFREG:
                    MB_TRY_STATUS(make_file(entry));
                    break;
                case S_IFLNK:
                    break;  // last: nothing is written through a link
                default:
                    return malformed(entry.name, "is neither a file nor a folder nor a link");
            }
        }
        for (const Entry& entry : entries) {
            if ((entry.mode & S_IFMT) == S_IFLNK) {
                MB_TRY_STATUS(make_link(entry));
            }
        }
        return sync();
    }

  private:
    Status make_folders(const Path& path) {
        if (path == folder_ || path == last_folder_) {
            return {};
        }
        MB_TRY_STATUS(make_folders(path.parent_path()));
        struct stat found {};
        if (::mkdir(path.c_str(), 0755) != 0) {
            const int number = errno;
            if (number != EEXIST || ::lstat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
                return failed("make folder", path, number);
            }
        }
        last_folder_ = path;
        return {};
    }

    Status make_file(const Entry& entry) {
        const Path path = folder_ / entry.name;
        MB_TRY_STATUS(make_folders(path.parent_path()));
        const mode_t bits = (entry.mode & 0777U) | S_IRUSR;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
        const base::UniqueFd fd(
            ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd.valid()) {
            return failed("make file", path, errno);
        }
        MB_TRY_STATUS(read(entry, [&](std::string_view bytes) { return write(fd, path, bytes); }));
        // Afterwards, so that no umask has a say.
        return ::fchmod(fd.get(), bits) == 0 ? Status{} : failed("set the mode of", path, errno);
    }

    Status make_link(const Entry& entry) {
        const Path path = folder_ / entry.name;
        MB_TRY_STATUS(make_folders(path.parent_path()));
        std::string target;
        MB_TRY_STATUS(read(entry, [&](std::string_view bytes) -> Status {
            target += bytes;
            return target.size() <= kLinkBytesMax ? Status{}
                                                  : malformed(entry.name, "is a link too long");
        }));
        if (!link_stays_inside(entry.name, target)) {
            return malformed(entry.name, "is a link that leads out of the folder");
        }
        return ::symlink(target.c_str(), path.c_str()) == 0 ? Status{}
                                                            : failed("make link", path, errno);
    }

    // What is there twice, or is a file here and a folder there, is the zip's fault.
    static Status failed(std::string_view what, const Path& path, int number) {
        if (number == EEXIST || number == ENOTDIR || number == ELOOP || number == ENAMETOOLONG) {
            return malformed(path.filename().native(), "is there twice or not a folder");
        }
        return tl::unexpected<base::Error>(
            base::errno_error(fmt::format("{} {}", what, path.native()), number));
    }

    // No more than the zip has said, whatever it holds.
    template <typename Take>
    Status read(const Entry& entry, Take take) {
        const ZipFile file(zip_fopen_index(zip_, entry.index, 0));
        if (!file) {
            return malformed(entry.name, "cannot be read");
        }
        std::uint64_t left = entry.bytes;
        for (;;) {
            const zip_int64_t got = zip_fread(file.get(), buffer_.data(), buffer_.size());
            if (got < 0 || static_cast<std::uint64_t>(got) > left) {
                return malformed(entry.name, "is damaged");
            }
            if (got == 0) {
                return left == 0 ? Status{} : malformed(entry.name, "is damaged");
            }
            left -= static_cast<std::uint64_t>(got);
            MB_TRY_STATUS(take(std::string_view(buffer_.data(), static_cast<std::size_t>(got))));
        }
    }

    static Status write(const base::UniqueFd& fd, const Path& path, std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t written = ::write(fd.get(), bytes.data(), bytes.size());
            if (written >= 0) {
                bytes.remove_prefix(static_cast<std::size_t>(written));
            } else if (errno != EINTR) {
                return failed("write", path, errno);
            }
        }
        return {};
    }

    // The whole file system at once: a package may have thousands of small files.
    Status sync() {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
        const base::UniqueFd fd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        return fd.valid() && ::syncfs(fd.get()) == 0 ? Status{} : failed("sync", folder_, errno);
    }

    zip_t* zip_;
    const Path folder_;
    Path last_folder_;  // made last: most entries lie where the one before them lay
    std::vector<char> buffer_ = std::vector<char>(kReadBytes);
};

}  // namespace

Status unpack_zip(std::string_view bytes, const Path& folder, const ZipLimits& limits) {
    // The library takes no bytes at all for a zip without entries.
    if (bytes.empty()) {
        return base::fail(Code::Malformed, "it has no bytes");
    }
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    const Zip zip(source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error));
    zip_error_fini(&error);
    if (!zip) {
        zip_source_free(source);
        return base::fail(Code::Malformed, "it is no zip, or a damaged one");
    }
    MB_TRY(const auto entries, read_entries(zip.get(), limits));
    if (entries.empty()) {
        return base::fail(Code::Invalid, "Uploaded file must be a non-empty zip");
    }
    return Unpacker(zip.get(), folder).unpack(entries);
}

}  // namespace millbeck::runtime::lambda
