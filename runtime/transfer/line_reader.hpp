// Lines of a source, with their numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/transfer/byte_source.hpp"

namespace millbeck::runtime {

// Threads: one.
class LineReader {
  public:
    static constexpr std::size_t kLineBytesMax = 8U << 20U;

    explicit LineReader(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

    // The next line without its end (LF or CRLF), valid until the next call; nullopt: there is
    // none. Errors: those of the source; Invalid: a line above kLineBytesMax.
    base::Result<std::optional<std::string_view>> next();

    [[nodiscard]] std::uint64_t number() const { return number_; }  // of the last one, from 1
    [[nodiscard]] std::uint64_t position() const { return source_->position(); }

  private:
    base::Result<bool> fill();

    std::unique_ptr<ByteSource> source_;
    std::string buffer_;
    std::size_t begin_ = 0;
    std::uint64_t number_ = 0;
    bool ended_ = false;
};

}  // namespace millbeck::runtime
