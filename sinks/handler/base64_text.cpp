#include "sinks/handler/base64_text.hpp"

#include <cstdint>

namespace millbeck::sinks {

std::optional<std::string> decode_base64(std::string_view text) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t end = text.find_last_not_of('=');
    if (text.size() - (end + 1) > 2) {
        return std::nullopt;
    }
    text = text.substr(0, end + 1);
    if (text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string decoded;
    decoded.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char letter : text) {
        const std::size_t value = kAlphabet.find(letter);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            decoded.push_back(static_cast<char>(bits >> count & 0xffu));
        }
    }
    return decoded;
}

}  // namespace millbeck::sinks
