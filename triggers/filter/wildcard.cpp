#include "triggers/filter/wildcard.hpp"

#include <algorithm>

namespace millbeck::triggers::filter {

using base::Code;
using base::Result;

namespace {

// Beginnings of `piece`, shorter than it, that may be matched at once.
class Beginnings {
  public:
    explicit Beginnings(std::string_view piece)
        : piece_(piece), border_(piece.size() + 1, 0), depth_(piece.size() + 1, 0) {
        for (std::size_t size = 1; size <= piece.size(); ++size) {
            border_[size] = size == 1 ? 0 : after(border_[size - 1], piece[size - 1]);
            depth_[size] = depth_[border_[size]] + 1;
        }
    }

    // The size of the longest beginning that ends with `next`, when the longest before it had
    // `matched` characters.
    [[nodiscard]] std::size_t after(std::size_t matched, char next) const {
        while (matched > 0 && (matched == piece_.size() || piece_[matched] != next)) {
            matched = border_[matched];
        }
        return matched < piece_.size() && piece_[matched] == next ? matched + 1 : 0;
    }

    // How many end where the longest one does. The whole piece is none: behind it stands a `*`, or
    // the end of the text.
    [[nodiscard]] std::size_t count(std::size_t matched) const {
        return matched == piece_.size() && matched > 0 ? depth_[matched] - 1 : depth_[matched];
    }

  private:
    std::string_view piece_;
    std::vector<std::size_t> border_;  // of each size: the longest beginning that it also ends with
    std::vector<std::size_t> depth_;   // of each size: how many beginnings it ends with, and itself
};

}  // namespace

Result<Wildcard> Wildcard::parse(std::string_view text) {
    std::vector<std::string> pieces(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '*') {
            if (i + 1 < text.size() && text[i + 1] == '*') {
                // EventBridge counts from the opening quote.
                return base::fail(Code::Invalid, "Consecutive wildcard characters at pos " +
                                                     std::to_string(i + 1));
            }
            pieces.emplace_back();
            continue;
        }
        if (text[i] == '\\') {
            ++i;
            if (i == text.size() || (text[i] != '*' && text[i] != '\\')) {
                return base::fail(Code::Invalid,
                                  "Invalid escape character at pos " + std::to_string(i));
            }
        }
        pieces.back() += text[i];
    }
    Wildcard wildcard(std::move(pieces));
    if (wildcard.complexity() > kWildcardComplexityMax) {
        return base::fail(Code::Invalid,
                          "Rule is too complex - try using fewer wildcard characters or fewer "
                          "repeating character sequences after a wildcard character");
    }
    return wildcard;
}

std::size_t Wildcard::complexity() const {
    const std::size_t stars = pieces_.size() - 1;
    if (stars == 0 || stars > kWildcardComplexityMax) {
        return stars;
    }
    std::vector<Beginnings> all;
    for (std::size_t i = 1; i < pieces_.size(); ++i) {
        all.emplace_back(pieces_[i]);
    }
    // The worst text ends with a beginning of some piece: the others that end there are its ends.
    std::size_t most = 0;
    for (std::size_t i = 1; i < pieces_.size(); ++i) {
        std::vector<std::size_t> matched(all.size(), 0);
        for (std::size_t at = 0; at + 1 < pieces_[i].size(); ++at) {
            std::size_t together = 0;
            for (std::size_t each = 0; each < all.size(); ++each) {
                matched[each] = all[each].after(matched[each], pieces_[i][at]);
                together += all[each].count(matched[each]);
            }
            most = std::max(most, together);
        }
    }
    return stars + most;
}

bool Wildcard::matches(std::string_view text) const {
    if (pieces_.size() == 1) {
        return text == pieces_.front();
    }
    const std::string& first = pieces_.front();
    const std::string& last = pieces_.back();
    if (text.size() < first.size() + last.size() || !text.starts_with(first) ||
        !text.ends_with(last)) {
        return false;
    }
    text.remove_prefix(first.size());
    text.remove_suffix(last.size());
    // The leftmost place of each piece leaves the most for the pieces after it.
    for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
        const std::size_t found = text.find(pieces_[i]);
        if (found == std::string_view::npos) {
            return false;
        }
        text.remove_prefix(found + pieces_[i].size());
    }
    return true;
}

}  // namespace millbeck::triggers::filter
