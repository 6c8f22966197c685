#include "triggers/filter/value_test.hpp"

#include <algorithm>
#include <charconv>

namespace millbeck::triggers::filter {

namespace {

bool test(const IsLiteral& literal, const EventValue& value) {
    return value.kind == literal.kind;
}

bool test(const IsText& equal, const EventValue& value) {
    if (value.kind != ValueKind::Text) {
        return false;
    }
    return value.text == equal.text ||
           (equal.address && IpAddress::parse(value.text) == equal.address);
}

bool test(const IsNumber& equal, const EventValue& value) {
    return value.kind == ValueKind::Number && parse_double(value.text) == equal.number;
}

bool test(const HasPrefix& has, const EventValue& value) {
    return value.kind == ValueKind::Text && value.text.starts_with(has.prefix);
}

bool test(const HasSuffix& has, const EventValue& value) {
    return value.kind == ValueKind::Text && value.text.ends_with(has.suffix);
}

bool test(const IsFolded& folded, const EventValue& value) {
    if (value.kind != ValueKind::Text) {
        return false;
    }
    switch (folded.part) {
        case FoldedPart::Whole:
            return folded.text.equals(value.text);
        case FoldedPart::Prefix:
            return folded.text.begins(value.text);
        case FoldedPart::Suffix:
            return folded.text.ends(value.text);
    }
    return false;
}

bool test(const InRange& range, const EventValue& value) {
    if (value.kind != ValueKind::Number) {
        return false;
    }
    const std::optional<double> number = parse_double(value.text);
    if (!number) {
        return false;
    }
    const bool above = !range.low || (range.low->included ? *number >= range.low->value
                                                          : *number > range.low->value);
    const bool below = !range.high || (range.high->included ? *number <= range.high->value
                                                            : *number < range.high->value);
    return above && below;
}

bool test(const InNetwork& in, const EventValue& value) {
    if (value.kind != ValueKind::Text) {
        return false;
    }
    const std::optional<IpAddress> address = IpAddress::parse(value.text);
    return address && in.network.contains(*address);
}

bool test(const IsLike& like, const EventValue& value) {
    return value.kind == ValueKind::Text && like.wildcard.matches(value.text);
}

bool test(const IsPresent& /*any*/, const EventValue& /*value*/) {
    return true;
}

bool test(const NoneOf& none, const EventValue& value) {
    return std::none_of(none.tests.begin(), none.tests.end(),
                        [&](const ValueTest& each) { return each.matches(value); });
}

}  // namespace

std::optional<double> parse_double(std::string_view number) {
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    const bool whole = end == number.data() + number.size();
    return error == std::errc{} && whole ? std::optional(value) : std::nullopt;
}

bool ValueTest::matches(const EventValue& value) const {
    return std::visit([&](const auto& kind) { return test(kind, value); }, kind_);
}

}  // namespace millbeck::triggers::filter
