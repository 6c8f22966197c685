// Expressions on the text of items against the same on trees of JSON, over random items.
// If one of these fails, some item exists on which a condition, an update or a projection does
// something else than it says.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/document_oracle.hpp"
#include "tests/support/expressions.hpp"
#include "tests/support/random_documents.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::capture::expression {
namespace {

using tests::Json;
using tests::RandomDocuments;
using tests::RandomPath;

Json tree_of(const shardlog::Item& item) {
    return Json::parse(item.text());
}

shardlog::Item canonical(const Json& item) {
    return tests::item_of(item.dump());
}

// A random item, and the values of a request.
struct World {
    explicit World(RandomDocuments& random) : text(canonical(random.item())), item(tree_of(text)) {
        Json given = Json::object();
        for (int i = 0; i < 6; ++i) {
            given[":v" + std::to_string(i)] = random.value(2);
        }
        values_json = given.dump();
        values = tree_of(tests::item_of(values_json));
    }

    shardlog::Item text;
    Json item;
    std::string values_json;
    Json values;
};

// ---- conditions: text and meaning made together
using Meaning = std::function<bool(const World&)>;
using Operand = std::function<std::optional<Json>(const World&)>;
struct RandomOperand {
    std::string text;
    Operand value;
};
struct RandomCondition {
    std::string text;
    Meaning holds;
};

class ConditionWriter {
  public:
    ConditionWriter(RandomDocuments& random, const World& world) : random_(random), world_(world) {}

    RandomCondition condition(int depth) {
        if (depth > 0 && random_.chance(2)) {
            return joined(depth);
        }
        switch (random_.up_to(5)) {
            case 0:
                return between();
            case 1:
                return in();
            case 2:
                return function();
            default:
                return comparison();
        }
    }

  private:
    RandomCondition joined(int depth) {
        const RandomCondition left = condition(depth - 1);
        if (random_.chance(3)) {
            return {"NOT (" + left.text + ")",
                    [left](const World& world) { return !left.holds(world); }};
        }
        const RandomCondition right = condition(depth - 1);
        if (random_.chance(2)) {
            return {"(" + left.text + ") AND (" + right.text + ")",
                    [=](const World& world) { return left.holds(world) && right.holds(world); }};
        }
        return {"(" + left.text + ") or (" + right.text + ")",
                [=](const World& world) { return left.holds(world) || right.holds(world); }};
    }

    RandomOperand path() {
        const RandomPath chosen = random_.path_in(world_.item);
        return {RandomDocuments::text_of(chosen),
                [chosen](const World& world) -> std::optional<Json> {
                    const Json* found = tests::lookup(world.item, chosen);
                    return found != nullptr ? std::optional(*found) : std::nullopt;
                }};
    }

    RandomOperand operand() {
        if (random_.chance(3)) {
            const std::string name = ":v" + std::to_string(random_.up_to(5));
            return {name, [name](const World& world) { return world.values[name]; }};
        }
        const RandomOperand found = path();
        if (random_.chance(5)) {
            return {
                "size(" + found.text + ")", [found](const World& world) -> std::optional<Json> {
                    const auto value = found.value(world);
                    const auto size = value ? tests::reference_size(*value) : std::nullopt;
                    return size ? std::optional(Json{{"N", std::to_string(*size)}}) : std::nullopt;
                }};
        }
        return found;
    }

    // -1, 0, 1, or no common order.
    static std::optional<int> compared(const std::optional<Json>& a, const std::optional<Json>& b) {
        if (!a || !b || tests::tag_of(*a) != tests::tag_of(*b) || !tests::order_text(*a)) {
            return std::nullopt;
        }
        const std::string left = *tests::order_text(*a);
        const std::string right = *tests::order_text(*b);
        return tests::is_less(left, right) ? -1 : (tests::is_less(right, left) ? 1 : 0);
    }

    RandomCondition comparison() {
        static const std::vector<std::string> comparators{"=", "<>", "<", "<=", ">", ">="};
        const RandomOperand left = operand();
        const RandomOperand right = operand();
        const std::string comparator = comparators[random_.up_to(5)];
        return {left.text + " " + comparator + " " + right.text, [=](const World& world) {
                    const auto a = left.value(world);
                    const auto b = right.value(world);
                    const bool equal = a && b && *a == *b;
                    if (comparator == "=" || comparator == "<>") {
                        return equal == (comparator == "=");
                    }
                    const auto order = compared(a, b);
                    return order && ((comparator[0] == '<' && *order < 0) ||
                                     (comparator[0] == '>' && *order > 0) ||
                                     (comparator.size() == 2 && *order == 0));
                }};
    }

    RandomCondition between() {
        const RandomOperand value = operand();
        const RandomOperand low = operand();
        const RandomOperand high = operand();
        return {value.text + " BETWEEN " + low.text + " AND " + high.text, [=](const World& world) {
                    const auto from = compared(low.value(world), value.value(world));
                    const auto to = compared(value.value(world), high.value(world));
                    return from && to && *from <= 0 && *to <= 0;
                }};
    }

    RandomCondition in() {
        const RandomOperand value = operand();
        std::vector<RandomOperand> candidates{operand()};
        std::string text = value.text + " IN (" + candidates[0].text;
        for (std::size_t left = random_.up_to(3); left > 0; --left) {
            candidates.push_back(operand());
            text += ", " + candidates.back().text;
        }
        return {text + ")", [=](const World& world) {
                    const auto wanted = value.value(world);
                    return wanted && std::any_of(candidates.begin(), candidates.end(),
                                                 [&](const RandomOperand& candidate) {
                                                     return candidate.value(world) == wanted;
                                                 });
                }};
    }

    RandomCondition function() {
        const RandomOperand first = path();
        const RandomOperand second = operand();
        switch (random_.up_to(3)) {
            case 0:
                return {"attribute_exists(" + first.text + ")",
                        [=](const World& world) { return first.value(world).has_value(); }};
            case 1:
                return {"attribute_not_exists(" + first.text + ")",
                        [=](const World& world) { return !first.value(world).has_value(); }};
            case 2:
                return {
                    "begins_with(" + first.text + ", " + second.text + ")",
                    [=](const World& world) {
                        const auto value = first.value(world);
                        const auto prefix = second.value(world);
                        return compared(value, prefix) && tests::tag_of(*value) != "N" &&
                               tests::order_text(*value)->starts_with(*tests::order_text(*prefix));
                    }};
            default:
                return {"contains(" + first.text + ", " + second.text + ")",
                        [=](const World& world) {
                            const auto value = first.value(world);
                            const auto part = second.value(world);
                            return value && part && tests::reference_contains(*value, *part);
                        }};
        }
    }

    RandomDocuments& random_;
    const World& world_;
};

TEST(ExpressionProperty, ConditionsHoldAsTheirMeaningSays) {
    const std::uint64_t seed = tests::test_seed(20'250'301);
    RandomDocuments random(seed);
    ExpressionCache cache;
    int bound = 0;
    int held = 0;
    for (int round = 0; round < 20'000; ++round) {
        const World world(random);
        const RandomCondition wanted = ConditionWriter(random, world).condition(3);
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed) + " " + wanted.text + " with " +
                     world.values_json + " on " + world.text.text());
        auto placeholders =
            tests::placeholders_of(RandomDocuments::names_json(), world.values_json);
        ASSERT_TRUE(placeholders);
        const auto condition = Condition::parse(Kind::Condition, wanted.text, cache, *placeholders);
        if (!condition) {
            // Operands that are the same, or of the wrong types.
            ASSERT_TRUE(condition.error().message.find("operand") != std::string::npos ||
                        condition.error().message.find("BETWEEN") != std::string::npos)
                << condition.error().message;
            continue;
        }
        ++bound;
        const bool holds = wanted.holds(world);
        held += holds ? 1 : 0;
        ASSERT_EQ(condition->matches(world.text.text()), holds);
    }
    EXPECT_GT(bound, 8'000);
    EXPECT_GT(held, bound / 5);
    EXPECT_LT(held, bound * 4 / 5);
}

// ---- projections
TEST(ExpressionProperty, ProjectionsKeepWhatTheirPathsLeadTo) {
    const std::uint64_t seed = tests::test_seed(20'250'302);
    RandomDocuments random(seed);
    ExpressionCache cache;
    int bound = 0;
    int found = 0;
    for (int round = 0; round < 20'000; ++round) {
        const World world(random);
        std::vector<RandomPath> paths;
        std::string text;
        for (std::size_t left = 1 + random.up_to(3); left > 0; --left) {
            paths.push_back(random.path_in(world.item));
            text += (text.empty() ? "" : ", ") + RandomDocuments::text_of(paths.back());
        }
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed) + " " + text + " on " + world.text.text());
        auto placeholders = tests::placeholders_of(RandomDocuments::names_json(), "");
        const auto projection = Projection::parse(text, cache, *placeholders);
        if (!projection) {
            ASSERT_NE(projection.error().message.find("Two document paths"), std::string::npos);
            continue;
        }
        ++bound;
        std::string projected = "before";
        projection->append(projected, world.text.text());
        ASSERT_TRUE(projected.starts_with("before"));
        projected.erase(0, 6);
        ASSERT_EQ(projected, canonical(tests::reference_projected(world.item, paths)).text());
        found += projected.size() > 2 ? 1 : 0;
    }
    EXPECT_GT(bound, 8'000);
    EXPECT_GT(found, bound / 3);
}

// ---- updates
struct RandomUpdate {
    std::string set, remove, add, take;  // the actions of each clause
    std::vector<tests::ReferenceEdit> edits;
    bool possible = true;
};

class UpdateWriter {
  public:
    UpdateWriter(RandomDocuments& random, const World& world) : random_(random), world_(world) {}

    RandomUpdate update() {
        for (std::size_t left = 1 + random_.up_to(3); left > 0; --left) {
            const RandomPath path = random_.path_in(world_.item);
            switch (random_.up_to(4)) {
                case 0:
                    append(update_.remove, RandomDocuments::text_of(path));
                    update_.edits.push_back({path, std::nullopt});
                    break;
                case 1:
                    members(path);
                    break;
                default:
                    set(path);
            }
        }
        return std::move(update_);
    }

  private:
    static void append(std::string& clause, const std::string& action) {
        clause += (clause.empty() ? "" : ", ") + action;
    }

    std::optional<Json> old(const RandomPath& path) {
        const Json* found = tests::lookup(world_.item, path);
        return found != nullptr ? std::optional(*found) : std::nullopt;
    }

    void set(const RandomPath& path) {
        const std::string value = ":v" + std::to_string(random_.up_to(5));
        const RandomPath other = random_.path_in(world_.item);
        const std::string target = RandomDocuments::text_of(path) + " = ";
        const auto found = old(other);
        const bool is_list = world_.values[value].contains("L");
        if (random_.chance(3)) {
            append(update_.set, target + value);
            update_.edits.push_back({path, world_.values[value]});
        } else if (!is_list || random_.chance(3)) {
            append(update_.set, target + "if_not_exists(" + RandomDocuments::text_of(other) + ", " +
                                    value + ")");
            update_.edits.push_back({path, found ? *found : world_.values[value]});
        } else {
            append(update_.set,
                   target + "list_append(" + RandomDocuments::text_of(other) + ", " + value + ")");
            const bool has_list = found && tests::tag_of(*found) == "L";
            update_.possible = update_.possible && has_list;
            Json both = has_list ? *found : Json{{"L", Json::array()}};
            for (const Json& element : world_.values[value]["L"]) {
                both["L"].push_back(element);
            }
            update_.edits.push_back({path, both});
        }
    }

    // ADD or DELETE of a set that has members of the world's.
    void members(const RandomPath& path) {
        std::string value;
        for (int i = 0; i < 6; ++i) {
            const std::string tag = tests::tag_of(world_.values[":v" + std::to_string(i)]);
            value = tag.size() == 2 && tag[1] == 'S' ? ":v" + std::to_string(i) : value;
        }
        if (value.empty()) {
            return set(path);
        }
        const Json& given = world_.values[value];
        const std::string tag = tests::tag_of(given);
        const auto before = old(path);
        const bool add = random_.chance(2);
        append(add ? update_.add : update_.take, RandomDocuments::text_of(path) + " " + value);
        update_.possible = update_.possible && (!before || tests::tag_of(*before) == tag);
        if (!before && !add) {
            // Nothing to take from; but the place around it must be there.
            update_.edits.push_back({path, std::nullopt});
            return;
        }
        Json result = Json::array();
        const Json none = Json::array();
        const Json& had = before && tests::tag_of(*before) == tag ? (*before)[tag] : none;
        const auto has = [](const Json& set, const Json& member) {
            return std::find(set.begin(), set.end(), member) != set.end();
        };
        for (const Json& member : had) {
            if (add || !has(given[tag], member)) {
                result.push_back(member);
            }
        }
        for (const Json& member : given[tag]) {
            if (add && !has(had, member)) {
                result.push_back(member);
            }
        }
        update_.edits.push_back(
            {path, result.empty() ? std::nullopt : std::optional(Json{{tag, result}})});
    }

    RandomDocuments& random_;
    const World& world_;
    RandomUpdate update_;
};

TEST(ExpressionProperty, UpdatesMakeTheItemTheySay) {
    const std::uint64_t seed = tests::test_seed(20'250'303);
    RandomDocuments random(seed);
    ExpressionCache cache;
    int done = 0;
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        const World world(random);
        const RandomUpdate wanted = UpdateWriter(random, world).update();
        std::string text = wanted.take.empty() ? "" : "DELETE " + wanted.take;
        text += wanted.set.empty() ? "" : " SET " + wanted.set;
        text += wanted.add.empty() ? "" : " ADD " + wanted.add;
        text += wanted.remove.empty() ? "" : " REMOVE " + wanted.remove;
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed) + " " + text + " with " + world.values_json +
                     " on " + world.text.text());
        auto placeholders =
            tests::placeholders_of(RandomDocuments::names_json(), world.values_json);
        const auto update = Update::parse(text, cache, *placeholders);
        if (!update) {
            continue;  // paths that meet, constants of wrong types: named in other tests
        }
        const auto result = update->apply(world.text.view(), {});
        Json expected = world.item;
        if (!tests::reference_edit(expected, wanted.edits) || !wanted.possible) {
            ++refused;
            ASSERT_FALSE(result) << result->text;
            continue;
        }
        ++done;
        ASSERT_TRUE(result) << result.error().message;
        const shardlog::Item item = canonical(expected);
        ASSERT_EQ(result->text, item.text());
        ASSERT_EQ(result->size_bytes, item.size_bytes());
    }
    EXPECT_GT(done, 4'000);
    EXPECT_GT(refused, 1'000);
}

}  // namespace
}  // namespace millbeck::capture::expression
