// PartiQL: the item on the first line, the rest is a statement. Whatever comes is refused with
// words or works: on canonical items, to canonical items.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "base/result.hpp"
#include "capture/expression/partiql/statement.hpp"
#include "tests/fuzz/fuzz_targets.hpp"

namespace millbeck::fuzz {
namespace {

namespace partiql = capture::expression::partiql;
using capture::KeySchema;
using shardlog::AttributeType;

constexpr std::string_view kUsualItem =
    R"({"a":{"N":"1"},"l":{"L":[{"N":"1"},{"M":{"x":{"S":"\n"}}}]},"pk":{"S":"p"},"s":{"SS":["a","b"]},"sk":{"N":"1"}})";

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

void run_select(const partiql::Statement& statement, const KeySchema& keys,
                const shardlog::Item& item) {
    const auto selection = statement.selection(keys);
    if (is_good(selection)) {
        MB_CHECK(!selection->ranges || !selection->ranges->empty(), "a plan reads something");
        MB_CHECK(!selection->key_only || selection->ranges->front().key, "one item has a key");
        if (selection->filter) {
            MB_CHECK(selection->filter->matches("") == selection->filter->matches("{}"),
                     "no item has no attribute");
            MB_CHECK(
                selection->filter->matches(item.text()) == selection->filter->matches(item.text()),
                "pure");
        }
        for (const auto& range : selection->ranges.value_or(std::vector<partiql::KeyRange>())) {
            MB_CHECK(capture::expression::fit_to_keys(range.terms, keys).has_value() ||
                         range.terms.size() <= 2,
                     "ranges are what a query can ask");
        }
    }
    const auto projection = statement.projection();
    if (is_good(projection) && *projection) {
        std::string projected;
        (*projection)->append(projected, item.text());
        check_canonical(projected);
    }
}

void run_write(const partiql::Statement& statement, const KeySchema& keys,
               const shardlog::Item& item) {
    const auto target = statement.target(keys);
    if (!is_good(target)) {
        return;
    }
    if (target->condition) {
        MB_CHECK(target->condition->matches(item.text()) == target->condition->matches(item.text()),
                 "pure");
    }
    check_canonical(target->key.text());
    if (statement.verb() != partiql::Verb::Update) {
        return;
    }
    const auto update = statement.update();
    if (!is_good(update)) {
        return;
    }
    const auto updated = update->apply(item.view(), target->key.view());
    if (is_good(updated)) {
        check_canonical(updated->text);
        check_canonical(update->touched_attributes(updated->text));
    }
}

void run(std::string_view text, std::vector<std::string> parameters, const shardlog::Item& item) {
    const auto statement = partiql::Statement::parse(text, std::move(parameters));
    if (!is_good(statement)) {
        return;
    }
    const KeySchema keys{{"pk", AttributeType::S}, capture::KeyAttribute{"sk", AttributeType::N}};
    if (statement->verb() == partiql::Verb::Insert) {
        if (const auto insertion = statement->insertion(keys); is_good(insertion)) {
            check_canonical(insertion->item.text());
        }
    } else if (statement->verb() == partiql::Verb::Select) {
        run_select(*statement, keys, item);
    } else {
        run_write(*statement, keys, item);
    }
}

}  // namespace

int fuzz_statement(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!simdjson::validate_utf8(text.data(), text.size())) {
        return 0;  // no request's JSON holds it
    }
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto item = shardlog::parse_item(text.substr(0, end));
    if (!item) {
        item = shardlog::parse_item(kUsualItem);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto marks = static_cast<std::size_t>(std::count(text.begin(), text.end(), '?'));
    run(text, std::vector<std::string>(marks, R"({"S":"p"})"), *item);
    if (marks > 0) {
        run(text, std::vector<std::string>(marks, R"({"NS":["1","2"]})"), *item);
    }
    return 0;
}

}  // namespace millbeck::fuzz
