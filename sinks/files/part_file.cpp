#include "sinks/files/part_file.hpp"

#include <string>

#include <fmt/format.h>
#include <zstd.h>

namespace millbeck::sinks {

namespace {

struct ContextFreer {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

class Part final : public PartFile {
  public:
    Part(std::unique_ptr<base::File> file, Zstd zstd) : file_(std::move(file)) {
        if (zstd.is_on) {
            context_.reset(ZSTD_createCCtx());
            MB_CHECK(context_ != nullptr, "zstd has no memory");
            ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, zstd.level);
        }
    }

    base::Status append(std::string_view text) override {
        std::string_view bytes = text;
        if (context_) {
            MB_TRY_STATUS(compress(text));
            bytes = packed_;
        }
        MB_TRY_STATUS(file_->write_at(size_, bytes));
        size_ += bytes.size();
        return {};
    }

    base::Status sync() override { return file_->sync_data(); }
    [[nodiscard]] std::uint64_t size() const override { return size_; }

  private:
    // Flushed to a block's end, so that the file can be read to here.
    base::Status compress(std::string_view text) {
        packed_.resize(ZSTD_compressBound(text.size()) + ZSTD_CStreamOutSize());
        ZSTD_inBuffer in{text.data(), text.size(), 0};
        ZSTD_outBuffer out{packed_.data(), packed_.size(), 0};
        std::size_t left = 1;
        while (left > 0) {
            left = ZSTD_compressStream2(context_.get(), &out, &in, ZSTD_e_flush);
            if (ZSTD_isError(left) != 0) {
                return base::fail(base::Code::Io, fmt::format("zstd: {}", ZSTD_getErrorName(left)));
            }
            if (left > 0) {
                packed_.resize(packed_.size() + left);
                out.dst = packed_.data();
                out.size = packed_.size();
            }
        }
        packed_.resize(out.pos);
        return {};
    }

    std::unique_ptr<base::File> file_;
    std::unique_ptr<ZSTD_CCtx, ContextFreer> context_;
    std::string packed_;
    std::uint64_t size_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<PartFile>> PartFile::create(base::FileSystem& files,
                                                         const base::Path& path, Zstd zstd) {
    MB_TRY_STATUS(files.remove(path));
    MB_TRY(std::unique_ptr<base::File> file, files.open(path, base::OpenMode::Create));
    return std::make_unique<Part>(std::move(file), zstd);
}

std::string_view PartFile::close_bytes(bool is_zstd) {
    // Source: RFC 8878, section 3.1.1.2: last block, raw, of no bytes. Our frames carry no
    // checksum.
    using namespace std::string_view_literals;
    return is_zstd ? "\x01\x00\x00"sv : ""sv;
}

}  // namespace millbeck::sinks
