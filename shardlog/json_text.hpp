// JSON strings the canonical way: `\"`, `\\`, `\b \f \n \r \t`, other control characters as \u00XX
// in lower case, everything else as it is (UTF-8).
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace millbeck::shardlog {

// How many bytes at the start of `text` need no escape.
std::size_t plain_prefix_size(std::string_view text);

// Appends the content of a canonical JSON string (without quotes), unescaped.
// Requires: what append_json_string wrote between its quotes.
void append_unescaped(std::string& out, std::string_view escaped);

// Text under construction in memory that is kept and used again: cheaper than a std::string because
// room is made once for many small pieces. Append only, but for truncate().
class TextBuffer {
  public:
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::string_view view() const { return {storage_.data(), size_}; }

    void clear() { size_ = 0; }
    void truncate(std::size_t size) { size_ = size; }  // Requires: size <= size()
    void append(std::string_view text) {
        if (!text.empty()) {
            std::memcpy(room(text.size()), text.data(), text.size());
            size_ += text.size();
        }
    }
    void append(char c) {
        *room(1) = c;
        ++size_;
    }
    void append_json_string(std::string_view text);  // with quotes

    // Room for `bytes` more at the end; commit() says how many were written.
    char* room(std::size_t bytes) {
        if (storage_.size() - size_ < bytes) {
            grow(bytes);
        }
        return storage_.data() + size_;
    }
    void commit(std::size_t bytes) { size_ += bytes; }

    // Gives memory above `bytes` back. Empties the buffer.
    void release_above(std::size_t bytes);

  private:
    void grow(std::size_t bytes);

    std::string storage_;  // its size is the room there is
    std::size_t size_ = 0;
};

}  // namespace millbeck::shardlog
