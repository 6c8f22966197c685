#include "sinks/files/sealed_lines.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/sha256.hpp"

namespace millbeck::sinks {

namespace {

constexpr std::string_view kMark = ",\"sum\":\"";
constexpr std::size_t kSumBytes = 8;
constexpr std::string_view kClose = "\"}";

std::string sum_of(std::string_view text) {
    std::string sum;
    for (const char c : base::sha256(text).substr(0, kSumBytes)) {
        sum += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return sum;
}

bool is_whole(std::string_view line) {
    const std::size_t tail = kMark.size() + 2 * kSumBytes + kClose.size();
    if (line.size() <= tail || !line.ends_with(kClose)) {
        return false;
    }
    const std::string_view body = line.substr(0, line.size() - tail);
    line.remove_prefix(body.size());
    return line.starts_with(kMark) && line.substr(kMark.size(), 2 * kSumBytes) == sum_of(body);
}

}  // namespace

std::string seal(std::string object) {
    const std::string sum = sum_of(object);
    object += kMark;
    object += sum;
    object += kClose;
    object += '\n';
    return object;
}

base::Result<SealedLines> read_sealed(std::string_view text) {
    SealedLines found;
    bool is_torn = false;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = text.substr(begin, end - begin);
        if (end == text.size() || !is_whole(line)) {
            is_torn = true;
        } else if (is_torn) {
            return base::fail(base::Code::Corrupt,
                              fmt::format("a line before byte {} is broken", begin));
        } else {
            found.lines.emplace_back(line);
            found.bytes = end + 1;
        }
        begin = end + 1;
    }
    return found;
}

}  // namespace millbeck::sinks
