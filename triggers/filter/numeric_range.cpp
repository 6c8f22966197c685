#include "triggers/filter/numeric_range.hpp"

#include <optional>
#include <string>
#include <utility>

namespace millbeck::triggers::filter {

using base::Code;
using base::Result;
using Kind = PatternTree::Kind;

namespace {

tl::unexpected<base::Error> bad(std::string why) {
    return base::fail(Code::Invalid, std::move(why));
}

Result<double> number_after(const PatternTree& list, std::size_t at, const std::string& sign) {
    const bool there = at < list.items.size() && list.items[at].kind == Kind::Number;
    if (!there) {
        return bad("Value of " + (sign == "=" ? "equals" : sign) + " must be numeric");
    }
    return list.items[at].number;
}

}  // namespace

Result<ValueTest> parse_numeric_range(const PatternTree& list) {
    if (list.kind != Kind::List) {
        return bad("Value of numeric must be an array.");
    }
    if (list.items.empty() || list.items[0].kind != Kind::Text) {
        return bad("Invalid member in numeric match");
    }
    const std::string& sign = list.items[0].text;
    const bool is_low = sign == ">" || sign == ">=";
    if (!is_low && sign != "=" && sign != "<" && sign != "<=") {
        return bad("Unrecognized numeric range operator: " + sign);
    }
    MB_TRY(const double first, number_after(list, 1, sign));
    const bool only_one = list.items.size() == 2;
    if (!is_low) {
        if (!only_one) {
            return bad("Too many elements in numeric expression");
        }
        const Bound high{first, sign != "<"};
        return ValueTest{InRange{sign == "=" ? std::optional(high) : std::nullopt, high}};
    }
    const Bound low{first, sign == ">="};
    if (only_one) {
        return ValueTest{InRange{low, std::nullopt}};
    }
    if (list.items[2].kind != Kind::Text) {
        return bad("Bad value in numeric range");
    }
    const std::string& second_sign = list.items[2].text;
    if (second_sign != "<" && second_sign != "<=") {
        return bad("Bad numeric range operator: " + second_sign);
    }
    MB_TRY(const double second, number_after(list, 3, second_sign));
    if (list.items.size() > 4) {
        return bad("Too many terms in numeric range expression");
    }
    if (low.value >= second) {
        return bad("Bottom must be less than top");
    }
    return ValueTest{InRange{low, Bound{second, second_sign == "<="}}};
}

}  // namespace millbeck::triggers::filter
