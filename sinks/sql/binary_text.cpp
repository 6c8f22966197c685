#include "sinks/sql/binary_text.hpp"

#include <cstdint>

namespace millbeck::sinks::sql {

std::string encode_base64(std::string_view bytes) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char byte : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(byte);
        for (count += 8; count >= 6;) {
            count -= 6;
            text += kAlphabet[bits >> count & 0x3fu];
        }
    }
    if (count > 0) {
        text += kAlphabet[bits << (6 - count) & 0x3fu];
    }
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

}  // namespace millbeck::sinks::sql
