// Commands in Redis's protocol, one after the other.
#pragma once

#include <charconv>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace millbeck::sinks::redis {

class CommandBuffer {
  public:
    void add(std::initializer_list<std::string_view> arguments) {
        begin(arguments.size());
        for (const std::string_view each : arguments) {
            argument(each);
        }
    }

    // A command whose `arguments` follow one by one.
    void begin(std::size_t arguments) {
        number('*', arguments);
        ++count_;
    }
    void argument(std::string_view text) {
        number('$', text.size());
        text_.append(text);
        text_.append("\r\n");
    }

    void append(const CommandBuffer& other) {
        text_ += other.text_;
        count_ += other.count_;
    }
    void reserve(std::size_t bytes) { text_.reserve(bytes); }

    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::size_t count() const { return count_; }  // of commands

  private:
    void number(char kind, std::size_t value) {
        constexpr std::size_t kDigitsMax = 20;
        char line[kDigitsMax + 3];  // NOLINT(modernize-avoid-c-arrays): a scratch line
        line[0] = kind;
        char* end = std::to_chars(line + 1, line + 1 + kDigitsMax, value).ptr;
        *end++ = '\r';
        *end++ = '\n';
        text_.append(line, static_cast<std::size_t>(end - line));
    }

    std::string text_;
    std::size_t count_ = 0;
};

}  // namespace millbeck::sinks::redis
