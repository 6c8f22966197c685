// What a Redis server answers. Parsed by hiredis; see reply_reader.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millbeck::sinks::redis {

struct Reply {
    enum class Kind : std::uint8_t { Nil, Status, Error, Integer, Text, Array };
    Kind kind = Kind::Nil;
    std::string text{};  // of Status, Error and Text
    long long integer = 0;
    std::vector<Reply> elements{};

    [[nodiscard]] bool is_nil() const { return kind == Kind::Nil; }
    [[nodiscard]] bool is_error() const { return kind == Kind::Error; }
    [[nodiscard]] bool is_text() const { return kind == Kind::Text; }
    [[nodiscard]] bool is_array() const { return kind == Kind::Array; }
};

// Bytes in, replies out. Threads: one.
class ReplyReader {
  public:
    ReplyReader();
    ~ReplyReader();
    ReplyReader(const ReplyReader&) = delete;
    ReplyReader& operator=(const ReplyReader&) = delete;

    // Io when the bytes are no replies; then it is of no more use.
    base::Status feed(std::string_view bytes);
    // The next complete one; nullopt: feed more.
    base::Result<std::optional<Reply>> next();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace millbeck::sinks::redis
