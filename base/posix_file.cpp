#include "base/posix_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errno_error.hpp"

namespace millbeck::base {
namespace {

tl::unexpected<Error> fail_errno(std::string_view verb, const Path& path, int number) {
    return tl::unexpected<Error>(errno_error(fmt::format("{} {}", verb, path.native()), number));
}

class PosixMapping final : public Mapping {
  public:
    PosixMapping(void* start, std::size_t bytes) : start_(start), bytes_(bytes) {}
    PosixMapping(const PosixMapping&) = delete;
    PosixMapping& operator=(const PosixMapping&) = delete;
    ~PosixMapping() override {
        if (bytes_ > 0) {
            ::munmap(start_, bytes_);
        }
    }
    [[nodiscard]] std::string_view bytes() const override {
        return {static_cast<const char*>(start_), bytes_};
    }

  private:
    void* start_;
    std::size_t bytes_;
};

class PosixFile final : public File {
  public:
    PosixFile(UniqueFd fd, Path path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        std::size_t done = 0;
        while (done < into.size()) {
            const ssize_t n = ::pread(fd_.get(), into.data() + done, into.size() - done,
                                      static_cast<off_t>(offset + done));
            if (n == 0) {
                break;
            }
            if (n < 0 && errno == EINTR) {
                continue;
            }
            if (n < 0) {
                return fail_errno("read", path_, errno);
            }
            done += static_cast<std::size_t>(n);
        }
        return done;
    }

    Status write_at(std::uint64_t offset, std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t n =
                ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (n < 0 && errno == EINTR) {
                continue;
            }
            if (n < 0) {
                return fail_errno("write", path_, errno);
            }
            bytes.remove_prefix(static_cast<std::size_t>(n));
            offset += static_cast<std::uint64_t>(n);
        }
        return {};
    }

    // Not retried on EINTR or anything else: after a failed sync the kernel may have dropped the
    // dirty pages, and a second sync would succeed without them.
    Status sync_data() override {
        if (::fdatasync(fd_.get()) != 0) {
            return fail_errno("sync", path_, errno);
        }
        return {};
    }

    Status reserve(std::uint64_t bytes) override {
        if (bytes == 0) {
            return {};
        }
        int number = EINTR;
        while (number == EINTR) {
            // posix_fallocate also works, by writing, where the file system has no fallocate.
            number = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(bytes));
        }
        if (number != 0) {
            return fail_errno("reserve", path_, number);
        }
        return {};
    }

    Status truncate(std::uint64_t bytes) override {
        if (::ftruncate(fd_.get(), static_cast<off_t>(bytes)) != 0) {
            return fail_errno("truncate", path_, errno);
        }
        return {};
    }

    [[nodiscard]] Result<std::uint64_t> size() const override {
        struct stat status {};
        if (::fstat(fd_.get(), &status) != 0) {
            return fail_errno("stat", path_, errno);
        }
        return static_cast<std::uint64_t>(status.st_size);
    }

    [[nodiscard]] Result<std::shared_ptr<const Mapping>> map(std::uint64_t bytes) const override {
        MB_TRY(const std::uint64_t available, size());
        if (available < bytes) {
            return fail(Code::Corrupt, fmt::format("map {}: {} bytes wanted, the file has {}",
                                                   path_.native(), bytes, available));
        }
        if (bytes == 0) {
            return std::make_shared<const PosixMapping>(nullptr, 0);
        }
        void* start = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd_.get(), 0);
        if (start == MAP_FAILED) {
            return fail_errno("map", path_, errno);
        }
        return std::make_shared<const PosixMapping>(start, bytes);
    }

  private:
    UniqueFd fd_;
    Path path_;
};

}  // namespace

std::unique_ptr<File> make_posix_file(UniqueFd fd, const Path& path) {
    return std::make_unique<PosixFile>(std::move(fd), path);
}

}  // namespace millbeck::base
