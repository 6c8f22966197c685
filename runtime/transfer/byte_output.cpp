#include "runtime/transfer/byte_output.hpp"

#include <utility>

#include <libdeflate.h>

#include "runtime/transfer/md5.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using base::Status;

constexpr std::size_t kChunkBytes = 1U << 20U;  // written, or zipped, at once
constexpr int kLevel = 4;                       // faster than the usual 6, a little larger

struct FreeCompressor {
    void operator()(libdeflate_compressor* compressor) const {
        libdeflate_free_compressor(compressor);
    }
};
class FileOutput final : public ByteOutput {
  public:
    FileOutput(base::FileSystem& files, base::Path path, base::Path part,
               std::unique_ptr<base::File> file, Packing packing)
        : files_(files),
          path_(std::move(path)),
          part_(std::move(part)),
          file_(std::move(file)),
          packing_(packing) {
        if (packing_ == Packing::Gzip) {
            compressor_.reset(libdeflate_alloc_compressor(kLevel));
            MB_CHECK(compressor_ != nullptr, "out of memory");
        }
    }
    ~FileOutput() override {
        if (file_) {
            file_.reset();
            static_cast<void>(files_.remove(part_));  // nobody is left to tell
        }
    }
    FileOutput(const FileOutput&) = delete;
    FileOutput& operator=(const FileOutput&) = delete;

    Status write(std::string_view bytes) override {
        waiting_.append(bytes);
        return waiting_.size() >= kChunkBytes ? flush() : Status{};
    }

    Result<WrittenFile> finish() override {
        if (!waiting_.empty() || (offset_ == 0 && packing_ == Packing::Gzip)) {
            MB_TRY_STATUS(flush());
        }
        MB_TRY_STATUS(file_->sync_data());
        MB_TRY_STATUS(files_.rename(part_, path_));
        file_.reset();
        const base::Path folder = path_.has_parent_path() ? path_.parent_path() : base::Path(".");
        MB_TRY_STATUS(files_.sync_folder(folder));
        return WrittenFile{offset_, md5_.take()};
    }

  private:
    Status flush() {
        if (packing_ == Packing::None) {
            return store(std::exchange(waiting_, {}));
        }
        std::string packed(libdeflate_gzip_compress_bound(compressor_.get(), waiting_.size()),
                           '\0');
        packed.resize(libdeflate_gzip_compress(compressor_.get(), waiting_.data(), waiting_.size(),
                                               packed.data(), packed.size()));
        waiting_.clear();
        return store(packed);
    }

    Status store(std::string_view bytes) {
        MB_TRY_STATUS(file_->write_at(offset_, bytes));
        offset_ += bytes.size();
        md5_.add(bytes);
        return {};
    }

    base::FileSystem& files_;
    const base::Path path_;
    const base::Path part_;
    std::unique_ptr<base::File> file_;  // null once it is finished
    const Packing packing_;
    std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor_;
    std::string waiting_;
    std::uint64_t offset_ = 0;
    Md5 md5_;
};

class StreamOutput final : public ByteOutput {
  public:
    explicit StreamOutput(std::ostream& out) : out_(out) {}

    Status write(std::string_view bytes) override {
        bytes_ += bytes.size();
        return out_ << bytes ? Status{} : gone();
    }
    Result<WrittenFile> finish() override {
        if (!out_.flush()) {
            MB_TRY_STATUS(gone());
        }
        return WrittenFile{bytes_, {}};
    }

  private:
    static Status gone() { return base::fail(Code::Io, "nobody reads standard output any more"); }

    std::ostream& out_;
    std::uint64_t bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteOutput>> open_file_output(base::FileSystem& files,
                                                     const base::Path& path, Packing packing) {
    base::Path part = path;
    part += ".part";
    MB_TRY_STATUS(files.remove(part));
    MB_TRY(auto file, files.open(part, base::OpenMode::Create));
    return std::unique_ptr<ByteOutput>(
        std::make_unique<FileOutput>(files, path, std::move(part), std::move(file), packing));
}

std::unique_ptr<ByteOutput> stream_output(std::ostream& out) {
    return std::make_unique<StreamOutput>(out);
}

}  // namespace millbeck::runtime
