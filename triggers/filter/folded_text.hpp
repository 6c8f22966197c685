// Text that matches in upper and in lower case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millbeck::triggers::filter {

// Each character of the text matches its own lower-case and its own upper-case form, which may be
// several characters ("SS" for a sharp s) and does not depend on a language: so does EventBridge.
class FoldedText {
  public:
    // `text`: UTF-8.
    explicit FoldedText(std::string_view text);

    [[nodiscard]] bool equals(std::string_view text) const;
    [[nodiscard]] bool begins(std::string_view text) const;  // the text begins with it
    [[nodiscard]] bool ends(std::string_view text) const;    // the text ends with it

  private:
    struct Letter {
        std::string lower, upper;  // neither is the beginning or the end of the other
    };

    bool take_front(std::string_view& text) const;

    std::vector<Letter> letters_;
};

}  // namespace millbeck::triggers::filter
