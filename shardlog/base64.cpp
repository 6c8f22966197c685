#include "shardlog/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace millbeck::shardlog {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> sextets_of(std::string_view alphabet) {
    std::array<std::uint8_t, 256> table{};
    for (auto& entry : table) {
        entry = kNone;
    }
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return table;
}

constexpr auto kSextets = sextets_of(kAlphabet);
constexpr auto kUrlSextets = sextets_of(kUrlAlphabet);

std::uint8_t sextet(const std::array<std::uint8_t, 256>& table, char c) {
    return table[static_cast<unsigned char>(c)];
}

std::size_t padding_of(std::string_view text) {
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
        ++padding;
    }
    return padding;
}

// Bits of the last character that belong to no byte: 4 for one byte, 2 for two, 0 for three.
bool spare_bits_clear(std::uint8_t last, std::size_t tail_characters) {
    if (tail_characters == 2) {
        return (last & 0x0F) == 0;
    }
    return tail_characters != 3 || (last & 0x03) == 0;
}

void append_encoded(std::string& out, std::string_view bytes, std::string_view alphabet) {
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(c);
        for (held += 8; held >= 6; held -= 6) {
            out.push_back(alphabet[(bits >> (held - 6)) & 0x3F]);
        }
    }
    if (held > 0) {
        out.push_back(alphabet[(bits << (6 - held)) & 0x3F]);
    }
}

void append_decoded(std::string& out, std::string_view text,
                    const std::array<std::uint8_t, 256>& table) {
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        bits = (bits << 6) | sextet(table, c);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out.push_back(static_cast<char>((bits >> held) & 0xFF));
        }
    }
}

// The service names a character outside the alphabet; everything else that is wrong with the
// shape (padding inside, spare bits set) it blames on the last character, spelled like this.
base::Result<std::size_t> refuse(std::string_view text) {
    const auto foreign = std::find_if(
        text.begin(), text.end(), [](char c) { return c != '=' && sextet(kSextets, c) == kNone; });
    if (foreign != text.end()) {
        return base::fail(base::Code::Malformed,
                          std::string("Invalid Base64 character: '") + *foreign + "'");
    }
    return base::fail(base::Code::Malformed, "Invalid last non-pad Base64 character dectected");
}

}  // namespace

base::Result<std::size_t> check_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return base::fail(base::Code::Malformed,
                          "Base64 encoded length is expected a multiple of 4 bytes but found: " +
                              std::to_string(text.size()));
    }
    const std::size_t padding = padding_of(text);
    const std::string_view body = text.substr(0, text.size() - padding);
    std::uint8_t seen = 0;
    for (const char c : body) {
        seen = static_cast<std::uint8_t>(seen | sextet(kSextets, c));
    }
    if (seen > 0x3F ||
        (!body.empty() && !spare_bits_clear(sextet(kSextets, body.back()), body.size() % 4))) {
        return refuse(text);
    }
    return text.size() / 4 * 3 - padding;
}

int compare_base64(std::string_view a, std::string_view b) {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (a[i] != b[i]) {
            // Padding is the end of the bytes: below every sextet.
            const int left = a[i] == '=' ? -1 : sextet(kSextets, a[i]);
            const int right = b[i] == '=' ? -1 : sextet(kSextets, b[i]);
            return left - right;
        }
    }
    if (a.size() == b.size()) {
        return 0;
    }
    return a.size() < b.size() ? -1 : 1;
}

void append_base64_decoded(std::string& out, std::string_view text) {
    append_decoded(out, text.substr(0, text.size() - padding_of(text)), kSextets);
}

void append_base64(std::string& out, std::string_view bytes) {
    append_encoded(out, bytes, kAlphabet);
    out.append((3 - bytes.size() % 3) % 3, '=');
}

void append_base64url(std::string& out, std::string_view bytes) {
    append_encoded(out, bytes, kUrlAlphabet);
}

bool append_base64url_decoded(std::string& out, std::string_view text) {
    const std::size_t tail = text.size() % 4;
    const bool in_alphabet = std::all_of(text.begin(), text.end(),
                                         [](char c) { return sextet(kUrlSextets, c) != kNone; });
    if (tail == 1 || !in_alphabet) {
        return false;
    }
    if (!text.empty() && !spare_bits_clear(sextet(kUrlSextets, text.back()), tail)) {
        return false;
    }
    append_decoded(out, text, kUrlSextets);
    return true;
}

}  // namespace millbeck::shardlog
