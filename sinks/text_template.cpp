#include "sinks/text_template.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace millbeck::sinks {

using base::Code;

namespace {

constexpr std::string_view kTablePlace = "table";

void append_escaped(std::string& out, std::string_view value, std::string_view escaped) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : value) {
        if (escaped.find(c) == std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kDigits[byte / kDigits.size()];
            out += kDigits[byte % kDigits.size()];
        }
    }
}

}  // namespace

base::Result<TextTemplate> TextTemplate::parse(std::string_view text, std::string_view table) {
    TextTemplate made;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool is_doubled = at + 1 < text.size() && text[at + 1] == c;
        if (c != '{' && c != '}') {
            made.literals_.back() += c;
        } else if (is_doubled) {
            made.literals_.back() += c;
            ++at;
        } else {
            const auto end = text.find_first_of("{}", at + 1);
            if (c == '}' || end == std::string_view::npos || text[end] == '{' || end == at + 1) {
                return base::fail(Code::Invalid,
                                  fmt::format("the template \"{}\" has a brace that encloses no "
                                              "name; write {{{{ or }}}} for a brace itself",
                                              text));
            }
            const auto name = text.substr(at + 1, end - at - 1);
            if (name == kTablePlace) {
                made.literals_.back() += table;
            } else {
                made.names_.emplace_back(name);
                made.literals_.emplace_back();
            }
            at = end;
        }
    }
    return made;
}

std::string TextTemplate::fill(const Row& row) const {
    std::string text = literals_.front();
    for (std::size_t i = 0; i < names_.size(); ++i) {
        if (const Value* value = find_value(row, names_[i]); value != nullptr) {
            text += value->text;
        }
        text += literals_[i + 1];
    }
    return text;
}

const Value* find_value(const Row& row, std::string_view name) {
    const auto found = std::find_if(row.begin(), row.end(),
                                    [&](const Field& field) { return field.name == name; });
    return found == row.end() ? nullptr : &found->value;
}

base::Result<KeyTemplate> KeyTemplate::parse(std::string_view text, std::string_view table,
                                             std::string_view always) {
    KeyTemplate made;
    made.is_default_ = text.empty();
    MB_TRY(made.text_, TextTemplate::parse(text, table));
    made.prefix_ = made.is_default_ ? fmt::format("{}:", table) : made.text_.prefix();
    made.always_ = always.empty() ? "" : fmt::format("%{}", always);
    made.escaped_ = fmt::format("%{}{}", always, made.is_default_ ? ":" : "");
    const std::size_t places = made.text_.names().size();
    if (!made.is_default_ && places == 0) {
        return base::fail(Code::Invalid,
                          fmt::format("the key \"{}\" would be the same for all items", text));
    }
    for (std::size_t i = 0; i + 1 < places; ++i) {
        const std::string& between = made.text_.after(i);
        if (between.empty()) {
            return base::fail(
                Code::Invalid,
                fmt::format("the key \"{}\" needs a character between {{{}}} and {{{}}}", text,
                            made.text_.names()[i], made.text_.names()[i + 1]));
        }
        made.escaped_ += between.front();
    }
    return made;
}

base::Status KeyTemplate::append(std::string& out, const Row& key) const {
    out += prefix_;
    if (is_default_) {
        for (const Field& field : key) {
            out.append(&field == key.data() ? "" : ":");
            append_escaped(out, field.value.text, key.size() > 1 ? escaped_ : always_);
        }
        return {};
    }
    for (std::size_t i = 0; i < text_.names().size(); ++i) {
        const std::string& name = text_.names()[i];
        const Value* value = find_value(key, name);
        if (value == nullptr) {
            return base::fail(Code::Invalid,
                              fmt::format("the template of keys names {{{}}}, which is not in the "
                                          "table's key",
                                          name));
        }
        append_escaped(out, value->text, text_.names().size() > 1 ? escaped_ : always_);
        out += text_.after(i);
    }
    for (const Field& field : key) {
        if (std::find(text_.names().begin(), text_.names().end(), field.name) ==
            text_.names().end()) {
            return base::fail(Code::Invalid,
                              fmt::format("the template of keys does not name {{{}}}, so that two "
                                          "items could have the same key",
                                          field.name));
        }
    }
    return {};
}

}  // namespace millbeck::sinks
