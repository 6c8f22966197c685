#include "triggers/filter/folded_text.hpp"

#include "triggers/filter/letter_case.hpp"

namespace millbeck::triggers::filter {

namespace {

// Bytes of the UTF-8 character that begins with this one; broken text counts byte by byte.
std::size_t character_size(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0xC0 ? 1 : (first < 0xE0 ? 2 : (first < 0xF0 ? 3 : 4));
    return size <= text.size() ? size : 1;
}

}  // namespace

FoldedText::FoldedText(std::string_view text) {
    while (!text.empty()) {
        const std::string_view letter = text.substr(0, character_size(text));
        letters_.push_back({to_lower(letter), to_upper(letter)});
        text.remove_prefix(letter.size());
    }
}

bool FoldedText::take_front(std::string_view& text) const {
    for (const Letter& letter : letters_) {
        if (text.starts_with(letter.lower)) {
            text.remove_prefix(letter.lower.size());
        } else if (text.starts_with(letter.upper)) {
            text.remove_prefix(letter.upper.size());
        } else {
            return false;
        }
    }
    return true;
}

bool FoldedText::equals(std::string_view text) const {
    return take_front(text) && text.empty();
}

bool FoldedText::begins(std::string_view text) const {
    return take_front(text);
}

bool FoldedText::ends(std::string_view text) const {
    for (auto letter = letters_.rbegin(); letter != letters_.rend(); ++letter) {
        if (text.ends_with(letter->lower)) {
            text.remove_suffix(letter->lower.size());
        } else if (text.ends_with(letter->upper)) {
            text.remove_suffix(letter->upper.size());
        } else {
            return false;
        }
    }
    return true;
}

}  // namespace millbeck::triggers::filter
