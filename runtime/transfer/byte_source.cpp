#include "runtime/transfer/byte_source.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include "base/errno_error.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;

constexpr std::size_t kChunkBytes = 256U << 10U;

class FileSource final : public ByteSource {
  public:
    explicit FileSource(std::unique_ptr<base::File> file) : file_(std::move(file)) {}

    Result<std::size_t> read(std::span<char> into) override {
        MB_TRY(const std::size_t bytes, file_->read_at(position_, into));
        position_ += bytes;
        return bytes;
    }
    [[nodiscard]] std::uint64_t position() const override { return position_; }

  private:
    std::unique_ptr<base::File> file_;
    std::uint64_t position_ = 0;
};

class InputSource final : public ByteSource {
  public:
    Result<std::size_t> read(std::span<char> into) override {
        ssize_t bytes = -1;
        do {
            bytes = ::read(STDIN_FILENO, into.data(), into.size());
        } while (bytes < 0 && errno == EINTR);
        if (bytes < 0) {
            return tl::unexpected(base::errno_error("read standard input", errno));
        }
        position_ += static_cast<std::uint64_t>(bytes);
        return static_cast<std::size_t>(bytes);
    }
    [[nodiscard]] std::uint64_t position() const override { return position_; }

  private:
    std::uint64_t position_ = 0;
};

// What was read to look at it, then the rest.
class PeekedSource final : public ByteSource {
  public:
    PeekedSource(std::unique_ptr<ByteSource> inner, std::string peeked)
        : inner_(std::move(inner)), peeked_(std::move(peeked)) {}

    Result<std::size_t> read(std::span<char> into) override {
        if (peeked_.empty()) {
            return inner_->read(into);
        }
        const std::size_t bytes = std::min(into.size(), peeked_.size());
        std::copy_n(peeked_.begin(), bytes, into.begin());
        peeked_.erase(0, bytes);
        if (bytes == into.size()) {
            return bytes;
        }
        MB_TRY(const std::size_t more, inner_->read(into.subspan(bytes)));
        return bytes + more;
    }
    [[nodiscard]] std::uint64_t position() const override {
        return inner_->position() - peeked_.size();
    }

  private:
    std::unique_ptr<ByteSource> inner_;
    std::string peeked_;
};

// One gzip member after the other, as `cat a.gz b.gz` and our own writer leave them.
class GzipSource final : public ByteSource {
  public:
    GzipSource(std::unique_ptr<ByteSource> inner, std::string name)
        : inner_(std::move(inner)), name_(std::move(name)), packed_(kChunkBytes) {
        constexpr int kWindowBits = 15;
        constexpr int kGzip = 16;
        MB_CHECK(::inflateInit2(&stream_, kWindowBits + kGzip) == Z_OK, "out of memory");
    }
    ~GzipSource() override { ::inflateEnd(&stream_); }
    GzipSource(const GzipSource&) = delete;
    GzipSource& operator=(const GzipSource&) = delete;

    Result<std::size_t> read(std::span<char> into) override {
        const auto room = static_cast<uInt>(std::min(into.size(), kChunkBytes));
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib's bytes are unsigned
        stream_.next_out = reinterpret_cast<Bytef*>(into.data());
        stream_.avail_out = room;
        while (stream_.avail_out == room) {
            if (stream_.avail_in == 0) {
                MB_TRY(const bool more, refill());
                if (!more) {
                    break;
                }
            }
            MB_TRY_STATUS(inflate_some());
        }
        return room - stream_.avail_out;
    }
    [[nodiscard]] std::uint64_t position() const override { return inner_->position(); }

  private:
    // False: the end, where a member ended.
    Result<bool> refill() {
        MB_TRY(const std::size_t bytes, inner_->read(packed_));
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib's bytes are unsigned
        stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
        stream_.avail_in = static_cast<uInt>(bytes);
        if (bytes == 0 && inside_) {
            return base::fail(Code::Corrupt,
                              fmt::format("{} ends in the middle of its gzip data", name_));
        }
        return bytes > 0;
    }

    base::Status inflate_some() {
        if (!inside_) {
            ::inflateReset(&stream_);
            inside_ = true;
        }
        const int outcome = ::inflate(&stream_, Z_NO_FLUSH);
        if (outcome == Z_STREAM_END) {
            inside_ = false;
        } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
            return base::fail(Code::Corrupt,
                              fmt::format("{} is damaged: its gzip data do not unpack", name_));
        }
        return {};
    }

    std::unique_ptr<ByteSource> inner_;
    const std::string name_;
    std::vector<char> packed_;
    z_stream stream_{};
    bool inside_ = false;  // a member
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_source(base::FileSystem& files, const std::string& path) {
    std::unique_ptr<ByteSource> source;
    if (path == "-") {
        source = std::make_unique<InputSource>();
    } else {
        MB_TRY(auto file, files.open(path, base::OpenMode::Read));
        source = std::make_unique<FileSource>(std::move(file));
    }
    std::array<char, 2> first{};
    std::size_t known = 0;
    while (known < first.size()) {
        MB_TRY(const std::size_t bytes, source->read(std::span(first).subspan(known)));
        if (bytes == 0) {
            break;
        }
        known += bytes;
    }
    const std::string peeked(first.data(), known);
    source = std::make_unique<PeekedSource>(std::move(source), peeked);
    if (peeked == "\x1f\x8b") {
        source = std::make_unique<GzipSource>(std::move(source), path);
    }
    return source;
}

}  // namespace millbeck::runtime
