#include "triggers/filter/value_test_parser.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "triggers/filter/numeric_range.hpp"

namespace millbeck::triggers::filter {

using base::Code;
using base::Result;
using base::Status;
using Kind = PatternTree::Kind;

namespace {

constexpr const char* kOneKey = "Only one key allowed in match expression";

tl::unexpected<base::Error> bad(std::string why) {
    return base::fail(Code::Invalid, std::move(why));
}

ValueTest number_test(const PatternTree& number) {
    return ValueTest{IsNumber{number.number}};
}

// ---- text

Result<ValueTest> wildcard(const PatternTree& value) {
    if (value.kind != Kind::Text) {
        return bad("wildcard match pattern must be a string");
    }
    MB_TRY(auto parsed, Wildcard::parse(value.text));
    return ValueTest{IsLike{std::move(parsed)}};
}

Result<ValueTest> folded(const PatternTree& value, FoldedPart part) {
    if (value.kind != Kind::Text) {
        return bad("equals-ignore-case match pattern must be a string");
    }
    return ValueTest{IsFolded{FoldedText(value.text), part}};
}

// `{"prefix": "x"}` and `{"prefix": {"equals-ignore-case": "x"}}`; the same for suffix.
Result<ValueTest> beginning_or_end(const std::string& name, const PatternTree& value) {
    const bool is_prefix = name == "prefix";
    if (value.kind == Kind::Map) {
        if (value.members.empty()) {
            return bad((is_prefix ? "Prefix" : "Suffix") +
                       std::string(" expression name not found"));
        }
        if (value.members.size() > 1) {
            return bad(kOneKey);
        }
        const auto& [nested, text] = value.members[0];
        if (nested != "equals-ignore-case") {
            return bad("Unsupported " + name + " pattern: " + nested);
        }
        return folded(text, is_prefix ? FoldedPart::Prefix : FoldedPart::Suffix);
    }
    if (value.kind != Kind::Text) {
        return bad(name + " match pattern must be a string");
    }
    return is_prefix ? ValueTest{HasPrefix{value.text}} : ValueTest{HasSuffix{value.text}};
}

Result<ValueTest> cidr(const PatternTree& value) {
    if (value.kind != Kind::Text) {
        return bad("cidr match pattern must be a string");
    }
    MB_TRY(const auto network, IpNetwork::parse(value.text));
    return ValueTest{InNetwork{network}};
}

// ---- anything-but

// Of a text or number, or of a list of only texts or only numbers.
Result<ValueTest> none_of_values(const PatternTree& value) {
    const bool is_list = value.kind == Kind::List;
    if (!is_list && value.kind != Kind::Text && value.kind != Kind::Number) {
        return bad("Value of anything-but must be an array or single string/number value.");
    }
    const std::vector<PatternTree> one{is_list ? PatternTree{} : value};
    const std::vector<PatternTree>& values = is_list ? value.items : one;
    NoneOf none;
    for (const PatternTree& each : values) {
        if (each.kind != Kind::Text && each.kind != Kind::Number) {
            return bad("Inside anything but list, start|null|boolean is not supported.");
        }
        if (each.kind != values[0].kind) {
            break;
        }
        none.tests.push_back(each.kind == Kind::Text ? ValueTest{IsText{each.text, std::nullopt}}
                                                     : number_test(each));
    }
    if (values.empty() || none.tests.size() < values.size()) {
        return bad(
            "Inside anything but list, either all values are number or string, mixed type is not "
            "supported");
    }
    return ValueTest{std::move(none)};
}

Result<ValueTest> nested_in_anything_but(const std::string& name, const PatternTree& text) {
    if (name == "wildcard") {
        return wildcard(text);
    }
    if (text.kind != Kind::Text) {
        return bad(name == "equals-ignore-case"
                       ? "Inside anything-but/equals-ignore-case list, number|start|null|boolean "
                         "is not supported."
                       : "prefix/suffix match pattern must be a string");
    }
    if (name == "equals-ignore-case") {
        return folded(text, FoldedPart::Whole);
    }
    return text.text.empty() ? Result<ValueTest>(bad("Null prefix/suffix not allowed"))
                             : beginning_or_end(name, text);
}

Result<ValueTest> anything_but(const PatternTree& value) {
    if (value.kind != Kind::Map) {
        return none_of_values(value);
    }
    if (value.members.empty()) {
        return bad("Anything-But expression name not found");
    }
    const auto& [name, nested] = value.members[0];
    constexpr std::array<std::string_view, 4> kNested{"equals-ignore-case", "prefix", "suffix",
                                                      "wildcard"};
    if (std::find(kNested.begin(), kNested.end(), name) == kNested.end()) {
        return bad("Unsupported anything-but pattern: " + name);
    }
    if (value.members.size() > 1) {
        return bad(kOneKey);
    }
    const bool is_list = nested.kind == Kind::List;
    if (!is_list && nested.kind != Kind::Text && nested.kind != Kind::Number) {
        return bad("Value of anything-but must be an array or single string/number value.");
    }
    NoneOf none;
    if (!is_list) {
        MB_TRY(auto test, nested_in_anything_but(name, nested));
        none.tests.push_back(std::move(test));
    }
    for (const PatternTree& each : nested.items) {
        MB_TRY(auto test, nested_in_anything_but(name, each));
        none.tests.push_back(std::move(test));
    }
    if (none.tests.empty()) {
        return bad("Empty arrays are not allowed");
    }
    return ValueTest{std::move(none)};
}

// ---- all of them

// `{"prefix": "x"}`, but for exists.
Result<ValueTest> operator_test(const std::string& name, const PatternTree& value) {
    if (name == "prefix" || name == "suffix") {
        return beginning_or_end(name, value);
    }
    if (name == "equals-ignore-case") {
        return folded(value, FoldedPart::Whole);
    }
    if (name == "anything-but") {
        return anything_but(value);
    }
    if (name == "numeric") {
        return parse_numeric_range(value);
    }
    if (name == "wildcard") {
        return wildcard(value);
    }
    if (name == "cidr") {
        return cidr(value);
    }
    if (name == "exactly") {
        return value.kind == Kind::Text
                   ? Result<ValueTest>(ValueTest{IsText{value.text, std::nullopt}})
                   : bad("exact match pattern must be a string");
    }
    return bad("Unrecognized match type " + name);
}

Status add_operator(FieldCondition& condition, const PatternTree& map) {
    if (map.members.empty()) {
        return bad("Match expression name not found");
    }
    const auto& [name, value] = map.members[0];
    if (name == "exists") {
        if (value.kind != Kind::True && value.kind != Kind::False) {
            return bad("exists match pattern must be either true or false.");
        }
        if (value.kind == Kind::True) {
            condition.tests.push_back(ValueTest{IsPresent{}});
        } else {
            condition.or_absent = true;
        }
    } else {
        MB_TRY(auto test, operator_test(name, value));
        condition.tests.push_back(std::move(test));
    }
    return map.members.size() == 1 ? Status{} : bad(kOneKey);
}

Status add_value(FieldCondition& condition, const PatternTree& value) {
    switch (value.kind) {
        case Kind::Null:
            condition.tests.push_back(ValueTest{IsLiteral{ValueKind::Null}});
            return {};
        case Kind::True:
            condition.tests.push_back(ValueTest{IsLiteral{ValueKind::True}});
            return {};
        case Kind::False:
            condition.tests.push_back(ValueTest{IsLiteral{ValueKind::False}});
            return {};
        case Kind::Number:
            condition.tests.push_back(number_test(value));
            return {};
        case Kind::Text:
            condition.tests.push_back(ValueTest{IsText{value.text, IpAddress::parse(value.text)}});
            return {};
        case Kind::Map:
            return add_operator(condition, value);
        case Kind::List:
            break;
    }
    return bad("Match value must be String, number, true, false, or null");
}

}  // namespace

Result<FieldCondition> parse_condition(const PatternTree& list) {
    FieldCondition condition;
    for (const PatternTree& value : list.items) {
        MB_TRY_STATUS(add_value(condition, value));
    }
    if (list.items.empty()) {
        return bad("Empty arrays are not allowed");
    }
    return condition;
}

}  // namespace millbeck::triggers::filter
