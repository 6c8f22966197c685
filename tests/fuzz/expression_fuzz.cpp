// Expressions: its kind on the first line, the item on the second, the rest is its text. Whatever
// comes is refused with words or works: on canonical items, to canonical items.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "capture/expression/condition.hpp"
#include "capture/expression/key_condition.hpp"
#include "capture/expression/projection.hpp"
#include "capture/expression/update.hpp"
#include "tests/fuzz/fuzz_targets.hpp"

namespace millbeck::fuzz {
namespace {

namespace expression = capture::expression;

constexpr std::string_view kUsualItem =
    R"({"a":{"N":"1"},"l":{"L":[{"N":"1"},{"M":{"x":{"S":"\n"}}}]},"s":{"SS":["a","b"]}})";
constexpr std::string_view kValues =
    R"({":b":{"BOOL":true},":l":{"L":[{"S":"x"}]},":n":{"N":"2.5"},":s":{"S":"S"},":ss":{"SS":["b"]}})";

std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

expression::Placeholders placeholders() {
    auto made = expression::Placeholders::make(
        std::vector<expression::PlaceholderName>{{"#a", "a"}, {"#q", "q\"\n"}},
        shardlog::parse_item(kValues).value());
    MB_CHECK(made.has_value(), "the placeholders are good");
    return std::move(*made);
}

template <typename T>
bool is_good(const base::Result<T>& result) {
    MB_CHECK(result.has_value() ||
                 (result.error().code == base::Code::Invalid && !result.error().message.empty()),
             "refused as invalid, with words");
    return result.has_value();
}

void check_canonical(std::string_view text) {
    const auto again = shardlog::parse_item(text);
    MB_CHECK(again.has_value() && again->text() == text, "what is made is canonical");
}

void run_condition(expression::Kind kind, std::string_view text, const shardlog::Item& item) {
    expression::ExpressionCache cache;
    auto given = placeholders();
    const auto condition = expression::Condition::parse(kind, text, cache, given);
    if (!is_good(condition)) {
        return;
    }
    MB_CHECK(condition->matches(item.text()) == condition->matches(item.text()), "pure");
    MB_CHECK(condition->matches("") == condition->matches("{}"), "no item has no attribute");
    if (const auto terms = expression::key_terms(*condition); is_good(terms)) {
        is_good(expression::fit_to_keys(*terms, {{"a", shardlog::AttributeType::N}, {}}));
    }
}

void run_update(std::string_view text, const shardlog::Item& item) {
    expression::ExpressionCache cache;
    auto given = placeholders();
    const auto update = expression::Update::parse(text, cache, given);
    if (!is_good(update)) {
        return;
    }
    const auto updated = update->apply(item.view(), {});
    check_canonical(update->touched_attributes(item.text()));
    if (is_good(updated)) {
        const auto again = shardlog::parse_item(updated->text);
        MB_CHECK(again.has_value() && again->text() == updated->text, "what is made is canonical");
        MB_CHECK(again->size_bytes() == updated->size_bytes, "its size is known");
        check_canonical(update->touched_attributes(updated->text));
    }
}

void run_projection(std::string_view text, const shardlog::Item& item) {
    expression::ExpressionCache cache;
    auto given = placeholders();
    const auto projection = expression::Projection::parse(text, cache, given);
    if (is_good(projection)) {
        std::string projected;
        projection->append(projected, item.text());
        check_canonical(projected);
    }
}

}  // namespace

int fuzz_expression(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string_view kind = take_line(text);
    auto item = shardlog::parse_item(take_line(text));
    if (!item) {
        item = shardlog::parse_item(kUsualItem);
    }
    switch (kind.empty() ? 'c' : kind[0]) {
        case 'u':
            run_update(text, *item);
            break;
        case 'p':
            run_projection(text, *item);
            break;
        case 'k':
            run_condition(expression::Kind::KeyCondition, text, *item);
            break;
        default:
            run_condition(expression::Kind::Condition, text, *item);
    }
    return 0;
}

}  // namespace millbeck::fuzz
