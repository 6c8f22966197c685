#include "capture/expression/set_text.hpp"

#include "shardlog/base64.hpp"
#include "shardlog/json_text.hpp"
#include "shardlog/number.hpp"

namespace millbeck::capture::expression {
namespace {

using shardlog::AttributeType;

// A set that is read from its least member on; members have their quotes.
class SetReader {
  public:
    explicit SetReader(const ValueView& set) : scan_(content_of(set)) { next(); }

    void next() { more_ = scan_.next(member_); }
    [[nodiscard]] bool more() const { return more_; }
    [[nodiscard]] std::string_view member() const { return member_; }
    [[nodiscard]] std::string_view content() const { return member_.substr(1, member_.size() - 2); }

  private:
    ElementScan scan_;
    std::string_view member_;
    bool more_ = false;
};

int compare_strings(std::string_view a, std::string_view b) {
    if (a.find('\\') == std::string_view::npos && b.find('\\') == std::string_view::npos) {
        return a.compare(b);
    }
    std::string plain_a;
    std::string plain_b;
    shardlog::append_unescaped(plain_a, a);
    shardlog::append_unescaped(plain_b, b);
    return plain_a.compare(plain_b);
}

int compare_members(AttributeType set, std::string_view a, std::string_view b) {
    switch (set) {
        case AttributeType::NS:
            return shardlog::compare_numbers(a, b);
        case AttributeType::BS:
            return shardlog::compare_base64(a, b);
        default:
            return compare_strings(a, b);
    }
}

class SetWriter {
  public:
    explicit SetWriter(const ValueView& like) : text_(like.text.substr(0, 6)) {}  // `{"SS":`

    void add(std::string_view member) {
        text_.append(empty_ ? "[" : ",").append(member);
        empty_ = false;
    }
    std::string finish() { return empty_ ? std::string() : text_.append("]}"); }

  private:
    std::string text_;
    bool empty_ = true;
};

enum class Keep { Both, OnlyFirst };

// One walk over both in their common order.
std::string merge(const ValueView& a, const ValueView& b, Keep keep) {
    SetReader first(a);
    SetReader second(b);
    SetWriter writer(a);
    while (first.more() || second.more()) {
        int order = first.more() ? -1 : 1;
        if (first.more() && second.more()) {
            order = compare_members(a.type, first.content(), second.content());
        }
        if (order < 0 || (order == 0 && keep == Keep::Both)) {
            writer.add(first.member());
        } else if (order > 0 && keep == Keep::Both) {
            writer.add(second.member());
        }
        if (order <= 0) {
            first.next();
        }
        if (order >= 0) {
            second.next();
        }
    }
    return writer.finish();
}

}  // namespace

std::string unite_sets(const ValueView& a, const ValueView& b) {
    return merge(a, b, Keep::Both);
}

std::string subtract_sets(const ValueView& a, const ValueView& b) {
    return merge(a, b, Keep::OnlyFirst);
}

}  // namespace millbeck::capture::expression
