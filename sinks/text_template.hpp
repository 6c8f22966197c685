// Texts with places for attributes, `{table}:{id}`, and keys of targets made of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sinks/row.hpp"

namespace millbeck::sinks {

// `{name}` stands for an attribute, `{table}` for the table's name, `{{` and `}}` for braces.
class TextTemplate {
  public:
    // Invalid: a brace without its other half, a place without a name.
    static base::Result<TextTemplate> parse(std::string_view text, std::string_view table);

    // Whose values it needs, in the order of their places.
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

    // What stands before the first attribute.
    [[nodiscard]] const std::string& prefix() const { return literals_.front(); }

    // What stands between place `i` and the next, or after it.
    [[nodiscard]] const std::string& after(std::size_t i) const { return literals_[i + 1]; }

    // With the row's values; an attribute that is missing or null leaves its place empty.
    [[nodiscard]] std::string fill(const Row& row) const;

  private:
    std::vector<std::string> literals_{""};  // one more than names
    std::vector<std::string> names_;
};

// The value of this name, or null.
const Value* find_value(const Row& row, std::string_view name);

// Makes the key that an item has at the target; two items never get the same one.
class KeyTemplate {
  public:
    // Empty: `{table}:` and the key attributes in the order of Message::key, joined by `:`. Invalid
    // where two places touch: nobody could tell where one value ends.
    // `always`: further characters that the target's keys cannot have, to be written so too.
    static base::Result<KeyTemplate> parse(std::string_view text, std::string_view table,
                                           std::string_view always = "");

    // Where there are two places or more, `%` and the first character of what separates them are
    // written as %25 and the like. Invalid: a key attribute has no place, or a place is for an
    // attribute that is not in the key (and thus unknown when an item is removed).
    base::Status append(std::string& out, const Row& key) const;

    // Every key begins with it.
    [[nodiscard]] const std::string& prefix() const { return prefix_; }

  private:
    TextTemplate text_;
    bool is_default_ = true;
    std::string prefix_;
    std::string escaped_;  // characters, where there are two places or more
    std::string always_;   // and where there is one
};

}  // namespace millbeck::sinks
