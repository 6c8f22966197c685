// Random items as careless clients write them (any member order, white space, escapes, number
// spellings), each with the canonical text and size they must get.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/reference_number.hpp"

namespace millbeck::tests {

struct ItemSample {
    std::string json;
    std::string canonical;
    std::uint32_t size_bytes = 0;
    std::vector<std::string> names;  // top level, unescaped, in byte order
};

class ItemGenerator {
  public:
    explicit ItemGenerator(std::uint64_t seed) : random_(seed), numbers_(random_) {}

    ItemSample next() {
        ItemSample sample;
        const std::map<std::string, Value> members = random_members(6, 1);
        sample.json = space() + messy_map(members) + space();
        sample.canonical = canonical_map(members);
        for (const auto& [name, value] : members) {
            sample.names.push_back(name);
            sample.size_bytes += static_cast<std::uint32_t>(name.size()) + value.size_bytes;
        }
        return sample;
    }

  private:
    struct Value {
        std::string json;
        std::string canonical;
        std::uint32_t size_bytes = 0;
    };
    using Texts = std::vector<std::string>;

    int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }

    std::string space() {
        static constexpr std::array<std::string_view, 6> kSpaces{"", "", "", " ", "\n", "\t \r"};
        return std::string(kSpaces[static_cast<std::size_t>(up_to(5))]);
    }

    // One character: its UTF-8 bytes, a legal JSON spelling, and the canonical one.
    struct Character {
        std::string_view bytes, escaped, canonical;
    };

    Character random_character() {
        static constexpr std::array<Character, 15> kCharacters{
            {{"a", "\\u0061", "a"},
             {"z", "z", "z"},
             {"7", "\\u0037", "7"},
             {"/", "\\/", "/"},
             {" ", "\\u0020", " "},
             {"\"", "\\u0022", "\\\""},
             {"\\", "\\\\", "\\\\"},
             {"\n", "\\u000A", "\\n"},
             {"\x01", "\\u0001", "\\u0001"},
             {"\x1f", "\\u001F", "\\u001f"},
             {"\t", "\\t", "\\t"},
             {"\x7f", "\\u007f", "\x7f"},
             {"\xc3\xa9", "\\u00E9", "\xc3\xa9"},
             {"\xe4\xb8\x96", "\\u4e16", "\xe4\xb8\x96"},
             {"\xf0\x9f\x98\x80", "\\uD83D\\uDE00", "\xf0\x9f\x98\x80"}}};
        return kCharacters[static_cast<std::size_t>(up_to(14))];
    }

    struct Text {
        std::string bytes, json, canonical;
    };

    Text random_text(int least, int most) {
        Text text{"", "\"", "\""};
        for (int left = least + up_to(most - least); left > 0; --left) {
            const Character character = random_character();
            const bool raw = character.bytes == character.canonical && up_to(1) == 0;
            text.bytes += character.bytes;
            text.json += raw ? character.bytes : character.escaped;
            text.canonical += character.canonical;
        }
        text.json += "\"";
        text.canonical += "\"";
        return text;
    }

    std::string quoted(const std::string& bytes) {
        std::string text = "\"";
        for (const char c : bytes) {
            switch (c) {
                case '"':
                    text += "\\\"";
                    break;
                case '\\':
                    text += "\\\\";
                    break;
                case '\n':
                    text += "\\n";
                    break;
                case '\t':
                    text += "\\t";
                    break;
                case '\x01':
                    text += "\\u0001";
                    break;
                case '\x1f':
                    text += "\\u001f";
                    break;
                default:
                    text += c;
            }
        }
        return text + "\"";
    }

    static std::string base64(const std::string& bytes) {
        static constexpr std::string_view kAlphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        std::string bits;
        for (const char c : bytes) {
            for (int bit = 7; bit >= 0; --bit) {
                bits += (static_cast<unsigned char>(c) >> bit) & 1 ? '1' : '0';
            }
        }
        bits.resize((bits.size() + 5) / 6 * 6, '0');
        std::string text;
        for (std::size_t at = 0; at < bits.size(); at += 6) {
            text += kAlphabet[std::stoul(bits.substr(at, 6), nullptr, 2)];
        }
        text.resize((text.size() + 3) / 4 * 4, '=');
        return text;
    }

    std::string random_bytes() {
        std::string bytes;
        for (int left = up_to(5); left > 0; --left) {
            bytes += static_cast<char>(up_to(3) == 0 ? up_to(255) : up_to(1) * 255);
        }
        return bytes;
    }

    std::string messy_list(Texts entries) {
        std::string text = "[";
        for (std::size_t i = 0; i < entries.size(); ++i) {
            text += (i > 0 ? "," : "") + space() + entries[i] + space();
        }
        return text + "]";
    }

    std::string messy_map(const std::map<std::string, Value>& members) {
        Texts texts;
        for (const auto& [name, value] : members) {
            texts.push_back(quoted(name) + space() + ":" + space() + value.json);
        }
        std::shuffle(texts.begin(), texts.end(), random_);
        std::string text = messy_list(texts);
        text.front() = '{';
        text.back() = '}';
        return text;
    }

    std::string canonical_map(const std::map<std::string, Value>& members) {
        std::string text = "{";
        for (const auto& [name, value] : members) {
            text += (text.size() > 1 ? "," : "") + quoted(name) + ":" + value.canonical;
        }
        return text + "}";
    }

    std::map<std::string, Value> random_members(int most, int level) {
        std::map<std::string, Value> members;
        for (int left = up_to(most); left > 0; --left) {
            const std::string name = random_text(1, 9).bytes;
            members.emplace(name, random_value(level));
        }
        return members;
    }

    Value tagged(std::string_view tag, const std::string& json, const std::string& canonical,
                 std::uint32_t size_bytes) {
        const std::string name = "\"" + std::string(tag) + "\"";
        return {"{" + space() + name + space() + ":" + space() + json + space() + "}",
                "{" + name + ":" + canonical + "}", size_bytes};
    }

    Value random_value(int level) {
        switch (up_to(level < 5 ? 9 : 7)) {
            case 0:
            case 1: {
                const Text text = random_text(0, 30);
                return tagged("S", text.json, text.canonical,
                              static_cast<std::uint32_t>(text.bytes.size()));
            }
            case 2: {
                const SpelledNumber number = numbers_.next();
                return tagged("N", "\"" + number.spelled + "\"", "\"" + number.canonical + "\"",
                              reference_number_size(number.canonical));
            }
            case 3: {
                const std::string bytes = random_bytes();
                const std::string text = "\"" + base64(bytes) + "\"";
                return tagged("B", text, text, static_cast<std::uint32_t>(bytes.size()));
            }
            case 4: {
                const std::string word = up_to(1) == 0 ? "true" : "false";
                return up_to(1) == 0 ? tagged("BOOL", word, word, 1)
                                     : tagged("NULL", "true", "true", 1);
            }
            case 5:
                return random_string_set();
            case 6:
                return random_number_set();
            case 7:
                return random_binary_set();
            case 8:
                return random_list(level);
            default:
                return random_map(level);
        }
    }

    Value random_string_set() {
        std::map<std::string, Text> texts;
        for (int left = 1 + up_to(4); left > 0; --left) {
            const Text text = random_text(0, 6);
            texts.emplace(text.bytes, text);
        }
        Texts json;
        std::string canonical;
        std::uint32_t size_bytes = 0;
        for (const auto& [bytes, text] : texts) {
            json.push_back(text.json);
            canonical += (canonical.empty() ? "" : ",") + text.canonical;
            size_bytes += static_cast<std::uint32_t>(bytes.size());
        }
        std::shuffle(json.begin(), json.end(), random_);
        return tagged("SS", messy_list(json), "[" + canonical + "]", size_bytes);
    }

    Value random_number_set() {
        std::map<std::string, SpelledNumber> by_order;
        for (int left = 1 + up_to(4); left > 0; --left) {
            const SpelledNumber number = numbers_.next();
            by_order.emplace(reference_order(number.canonical), number);
        }
        Texts json;
        std::string canonical;
        std::uint32_t size_bytes = 0;
        for (const auto& [order, number] : by_order) {
            json.push_back("\"" + number.spelled + "\"");
            canonical += (canonical.empty() ? "\"" : ",\"") + number.canonical + "\"";
            size_bytes += reference_number_size(number.canonical);
        }
        std::shuffle(json.begin(), json.end(), random_);
        return tagged("NS", messy_list(json), "[" + canonical + "]", size_bytes);
    }

    Value random_binary_set() {
        std::set<std::string> members;
        for (int left = 1 + up_to(4); left > 0; --left) {
            members.insert(random_bytes());
        }
        Texts json;
        std::string canonical;
        std::uint32_t size_bytes = 0;
        for (const std::string& bytes : members) {
            json.push_back("\"" + base64(bytes) + "\"");
            canonical += (canonical.empty() ? "" : ",") + json.back();
            size_bytes += static_cast<std::uint32_t>(bytes.size());
        }
        std::shuffle(json.begin(), json.end(), random_);
        return tagged("BS", messy_list(json), "[" + canonical + "]", size_bytes);
    }

    Value random_list(int level) {
        Texts json;
        std::string canonical;
        std::uint32_t size_bytes = 3;
        for (int left = up_to(4); left > 0; --left) {
            const Value value = random_value(level + 1);
            canonical += (json.empty() ? "" : ",") + value.canonical;
            json.push_back(value.json);
            size_bytes += 1 + value.size_bytes;
        }
        return tagged("L", messy_list(json), "[" + canonical + "]", size_bytes);
    }

    Value random_map(int level) {
        const std::map<std::string, Value> members = random_members(4, level + 1);
        std::uint32_t size_bytes = 3;
        for (const auto& [name, value] : members) {
            size_bytes += 1 + static_cast<std::uint32_t>(name.size()) + value.size_bytes;
        }
        return tagged("M", messy_map(members), canonical_map(members), size_bytes);
    }

    std::mt19937_64 random_;
    NumberGenerator numbers_;
};

}  // namespace millbeck::tests
