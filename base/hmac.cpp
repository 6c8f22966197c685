#include "base/hmac.hpp"

#include "base/sha256.hpp"

namespace millbeck::base {

std::string hmac_sha256(std::string_view key, std::string_view text) {
    constexpr std::size_t kBlockBytes = 64;
    constexpr char kInner = 0x36;
    constexpr char kOuter = 0x5c;
    std::string block(key.size() > kBlockBytes ? sha256(key) : std::string(key));
    block.resize(kBlockBytes, '\0');
    const auto padded = [&](char with) {
        std::string pad = block;
        for (char& c : pad) {
            c = static_cast<char>(c ^ with);
        }
        return pad;
    };
    std::string inner = padded(kInner);
    inner += text;
    return sha256(padded(kOuter) + sha256(inner));
}

std::string to_hex(std::string_view bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xfU];
    }
    return text;
}

}  // namespace millbeck::base
