#include "runtime/config/setting.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;

Result<std::string> text_of(const Value& value, std::string_view wanted) {
    if (value.kind != Value::Kind::Text) {
        return base::fail(Code::Invalid, fmt::format("must be {}, but {} is there", wanted,
                                                     to_string(value.kind)));
    }
    return value.text;
}

Result<bool> flag_of(const Value& value) {
    MB_TRY(const std::string text, text_of(value, "true or false"));
    if (text != "true" && text != "false") {
        return base::fail(Code::Invalid, fmt::format("\"{}\" is not true or false", text));
    }
    return text == "true";
}

Result<std::map<std::string, std::string>> texts_of(const Value& value) {
    if (value.kind != Value::Kind::Map) {
        return base::fail(Code::Invalid, fmt::format("must be a map of texts, but {} is there",
                                                     to_string(value.kind)));
    }
    std::map<std::string, std::string> texts;
    for (const auto& member : value.members) {
        auto text = text_of(member.value, "a text");
        if (!text) {
            return base::with_context(member.key, std::move(text).error());
        }
        texts.emplace(member.key, std::move(*text));
    }
    return texts;
}

namespace {

Result<std::vector<std::string>> split_command(std::string_view text) {
    std::vector<std::string> words;
    bool in_word = false;
    char quote = 0;
    for (const char c : text) {
        if (quote != 0) {
            if (c == quote) {
                quote = 0;
            } else {
                words.back() += c;
            }
        } else if (c == ' ' || c == '\t' || c == '\n') {
            in_word = false;
        } else {
            if (!in_word) {
                words.emplace_back();
                in_word = true;
            }
            if (c == '\'' || c == '"') {
                quote = c;
            } else {
                words.back() += c;
            }
        }
    }
    if (quote != 0) {
        return base::fail(Code::Invalid, fmt::format("the quote {} is not closed", quote));
    }
    return words;
}

}  // namespace

Result<std::vector<std::string>> command_of(const Value& value) {
    std::vector<std::string> words;
    if (value.kind == Value::Kind::List) {
        for (const Value& item : value.items) {
            MB_TRY(auto word, text_of(item, "a list of texts"));
            words.push_back(std::move(word));
        }
    } else {
        MB_TRY(const std::string text, text_of(value, "a list of texts or one text"));
        MB_TRY(words, split_command(text));
    }
    if (words.empty() || words.front().empty()) {
        return base::fail(Code::Invalid, "must name an executable");
    }
    return words;
}

base::Status check_range(std::string_view written, std::uint64_t value, std::uint64_t least,
                         std::uint64_t most, std::string_view range) {
    if (value < least || value > most) {
        return base::fail(Code::Invalid,
                          fmt::format("{} is out of range; allowed is {}", written, range));
    }
    return {};
}

}  // namespace millbeck::runtime
