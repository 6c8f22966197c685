#include "base/log.hpp"

#include <atomic>
#include <cerrno>

#include <unistd.h>

#include "base/clock.hpp"

namespace millbeck::base {
namespace {

constexpr std::size_t kLineBytesMax = 8192;

// The one global of the room: the level is set once at start and read by every thread.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): see above.
std::atomic<LogLevel> lowest_level{LogLevel::Info};

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return "debug";
        case LogLevel::Info:
            return "info";
        case LogLevel::Warn:
            return "warn";
        case LogLevel::Error:
            return "error";
    }
    return "?";
}

// Plain when a logfmt reader takes it as one word, else quoted as a JSON string.
bool is_plain(std::string_view value) {
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte == '"' || byte == '=' || byte == '\\' || byte == 0x7f) {
            return false;
        }
    }
    return !value.empty();
}

void append_escaped(std::string& line, char c) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        line += '\\';
        line += c;
    } else if (c == '\n') {
        line += "\\n";
    } else if (c == '\t') {
        line += "\\t";
    } else if (c == '\r') {
        line += "\\r";
    } else if (byte < ' ' || byte == 0x7f) {
        line += "\\u00";
        line += kHex[byte >> 4];
        line += kHex[byte & 15];
    } else {
        line += c;
    }
}

void append_value(std::string& line, std::string_view value) {
    if (is_plain(value)) {
        line += value;
        return;
    }
    line += '"';
    for (const char c : value) {
        append_escaped(line, c);
    }
    line += '"';
}

// Cuts at the limit, at a character boundary of UTF-8, and says so with an ellipsis.
void cut(std::string& line) {
    constexpr std::string_view kEllipsis = "...";
    if (line.size() < kLineBytesMax) {
        return;
    }
    std::size_t end = kLineBytesMax - 1 - kEllipsis.size();
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) {
        --end;
    }
    line.resize(end);
    line += kEllipsis;
}

}  // namespace

void set_log_level(LogLevel level) {
    lowest_level.store(level, std::memory_order_relaxed);
}

void log(LogLevel level, std::string_view room, std::string_view message,
         std::initializer_list<Field> fields) {
    if (level < lowest_level.load(std::memory_order_relaxed)) {
        return;
    }
    std::string line = "ts=";
    line += to_iso8601(SystemClock{}.wall());
    line += "Z level=";
    line += level_name(level);
    line += " room=";
    line += room;
    line += " msg=";
    append_value(line, message);
    for (const Field& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        append_value(line, field.value);
    }
    cut(line);
    line += '\n';
    // One write, so that lines of several threads or processes never mix. A log that cannot be
    // written has nobody to tell.
    while (::write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
    }
}

}  // namespace millbeck::base
