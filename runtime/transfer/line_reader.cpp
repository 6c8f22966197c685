#include "runtime/transfer/line_reader.hpp"

#include <fmt/format.h>

namespace millbeck::runtime {

using base::Result;

namespace {
constexpr std::size_t kChunkBytes = 256U << 10U;
}  // namespace

Result<bool> LineReader::fill() {
    buffer_.erase(0, begin_);
    begin_ = 0;
    if (buffer_.size() > kLineBytesMax) {
        return base::fail(base::Code::Invalid, fmt::format("line {} is longer than {} MB",
                                                           number_ + 1, kLineBytesMax >> 20U));
    }
    const std::size_t known = buffer_.size();
    buffer_.resize(known + kChunkBytes);
    auto bytes = source_->read(std::span(buffer_).subspan(known));
    buffer_.resize(known + (bytes ? *bytes : 0));
    if (!bytes) {
        return tl::unexpected(std::move(bytes).error());
    }
    return *bytes > 0;
}

Result<std::optional<std::string_view>> LineReader::next() {
    std::size_t end = buffer_.find('\n', begin_);
    while (end == std::string::npos && !ended_) {
        const std::size_t searched = buffer_.size() - begin_;
        MB_TRY(const bool more, fill());
        ended_ = !more;
        end = buffer_.find('\n', searched);
    }
    if (end == std::string::npos && begin_ == buffer_.size()) {
        return std::optional<std::string_view>();
    }
    ++number_;
    const bool last = end == std::string::npos;
    std::string_view line =
        std::string_view(buffer_).substr(begin_, last ? std::string::npos : end - begin_);
    begin_ = last ? buffer_.size() : end + 1;
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return std::optional<std::string_view>(line);
}

}  // namespace millbeck::runtime
