#include "sinks/files/copy_fold.hpp"

#include <memory>
#include <unordered_map>

#include <fmt/format.h>
#include <zstd.h>

#include "sinks/files/copy_state.hpp"

namespace millbeck::sinks {

namespace {

using base::Code;
using base::Status;

constexpr std::size_t kChunkBytes = 1u << 20;
constexpr std::size_t kLineBytesMax = 64u << 20;

struct ContextFreer {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A part's text in pieces, as it was before compression.
class TextReader {
  public:
    TextReader(std::unique_ptr<base::File> file, bool is_zstd)
        : file_(std::move(file)), chunk_(kChunkBytes, '\0') {
        if (is_zstd) {
            context_.reset(ZSTD_createDCtx());
            MB_CHECK(context_ != nullptr, "zstd has no memory");
        }
    }

    // Adds the next piece; false at the end.
    base::Result<bool> read(std::string& into) {
        MB_TRY(const std::size_t bytes, file_->read_at(at_, chunk_));
        at_ += bytes;
        if (!context_) {
            into.append(chunk_, 0, bytes);
        } else if (Status unpacked = unpack(bytes, into); !unpacked) {
            return tl::unexpected<base::Error>(unpacked.error());
        }
        return bytes > 0;
    }

  private:
    Status unpack(std::size_t bytes, std::string& into) {
        std::string out(ZSTD_DStreamOutSize(), '\0');
        ZSTD_inBuffer in{chunk_.data(), bytes, 0};
        for (bool is_full = false; in.pos < in.size || is_full;) {
            ZSTD_outBuffer room{out.data(), out.size(), 0};
            const std::size_t done = ZSTD_decompressStream(context_.get(), &room, &in);
            if (ZSTD_isError(done) != 0) {
                return base::fail(Code::Corrupt, fmt::format("zstd: {}", ZSTD_getErrorName(done)));
            }
            into.append(out, 0, room.pos);
            is_full = room.pos == room.size;
        }
        return {};
    }

    std::unique_ptr<base::File> file_;
    std::unique_ptr<ZSTD_DCtx, ContextFreer> context_;
    std::string chunk_;
    std::uint64_t at_ = 0;
};

// Where a line is: which file, which line of it.
struct Place {
    std::size_t part = 0;
    std::size_t line = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

using VisitLine = std::function<Status(const Place&, LineFormat::Line)>;

class Walk {
  public:
    Walk(const CopyFold::Source& source, base::Instant deadline)
        : source_(source), deadline_(deadline), header_bytes_(source.format.header().size()) {}

    Status all(const std::vector<base::Path>& parts, const VisitLine& visit) {
        for (std::size_t part = 0; part < parts.size(); ++part) {
            MB_TRY_STATUS(one(part, parts[part], visit));
        }
        return {};
    }

  private:
    Status one(std::size_t part, const base::Path& path, const VisitLine& visit) {
        MB_TRY(auto file, source_.files.open(path, base::OpenMode::Read));
        TextReader reader(std::move(file), source_.is_zstd);
        std::string text;
        Place place{.part = part, .line = 0};
        bool has_header = header_bytes_ > 0;
        for (bool goes_on = true; goes_on;) {
            if (source_.clock.instant() >= deadline_) {
                return base::fail(Code::DeadlineExceeded, "not all files were read in time");
            }
            const auto read = reader.read(text);
            if (!read) {
                return base::with_context(path.native(), read.error());
            }
            goes_on = *read;
            std::size_t begin = 0;
            if (has_header && text.size() >= header_bytes_) {
                begin = header_bytes_;
                has_header = false;
            }
            MB_TRY_STATUS(take_lines(path, text, begin, place, visit));
        }
        return text.empty()
                   ? Status{}
                   : base::fail(Code::Corrupt, path.native() + ": the last line has no end");
    }

    Status take_lines(const base::Path& path, std::string& text, std::size_t begin, Place& place,
                      const VisitLine& visit) {
        const std::string_view all(text);
        for (;;) {
            const std::size_t length = source_.format.line_end(all.substr(begin));
            if (length == std::string_view::npos) {
                break;
            }
            auto line = source_.format.read(all.substr(begin, length - 1));
            if (!line) {
                return base::with_context(path.native(), line.error());
            }
            MB_TRY_STATUS(visit(place, std::move(*line)));
            ++place.line;
            begin += length;
        }
        text.erase(0, begin);
        return text.size() <= kLineBytesMax
                   ? Status{}
                   : base::fail(Code::LimitExceeded, "a line is longer than 64 MB");
    }

    const CopyFold::Source& source_;
    base::Instant deadline_;
    std::size_t header_bytes_;
};

struct Newest {
    std::string sequence;
    Place place;
    bool is_removal = false;
};

}  // namespace

Status CopyFold::run(const std::vector<base::Path>& parts,
                     const std::function<Status(CopiedRow)>& visit, base::Instant deadline) {
    std::unordered_map<std::string, Newest> newest;
    MB_TRY_STATUS(
        Walk(source_, deadline).all(parts, [&](const Place& place, LineFormat::Line line) {
            Newest& known = newest[std::move(line.key)];
            if (!is_newer(known.sequence, line.sequence)) {
                known = {.sequence = std::move(line.sequence),
                         .place = place,
                         .is_removal = line.is_removal};
            }
            return Status{};
        }));
    return Walk(source_, deadline).all(parts, [&](const Place& place, LineFormat::Line line) {
        const auto found = newest.find(line.key);
        const bool is_it = found != newest.end() && found->second.place == place;
        return is_it && !line.is_removal
                   ? visit({.key = std::move(line.key), .content = std::move(line.content)})
                   : Status{};
    });
}

}  // namespace millbeck::sinks
