// Random patterns on random events: the compiled filter agrees with a plain one that makes a tree
// of both and tries everything.
#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/seed.hpp"
#include "triggers/filter/event_filter.hpp"

namespace millbeck::triggers::filter {
namespace {

using Json = nlohmann::json;

// ---- the plain one

constexpr const char* kRoot = "\x01";  // the path of the whole; a name may be empty

struct Leaf {
    std::string path;
    Json value;
    std::map<int, int> where;  // array -> element
};

void flatten(const Json& value, const std::string& path, const std::map<int, int>& where,
             int& arrays, std::vector<Leaf>& leaves) {
    if (value.is_object()) {
        for (const auto& [name, member] : value.items()) {
            flatten(member, path == kRoot ? name : path + "." + name, where, arrays, leaves);
        }
    } else if (value.is_array()) {
        const int array = arrays++;
        for (std::size_t i = 0; i < value.size(); ++i) {
            auto inside = where;
            if (value[i].is_structured()) {
                inside[array] = static_cast<int>(i);
            }
            flatten(value[i], path, inside, arrays, leaves);
        }
    } else {
        leaves.push_back({path, value, where});
    }
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    });
    return text;
}

bool like(const std::string& pattern, const std::string& text) {
    if (pattern.empty()) {
        return text.empty();
    }
    if (pattern[0] == '*') {
        return like(pattern.substr(1), text) || (!text.empty() && like(pattern, text.substr(1)));
    }
    const std::size_t skip = pattern[0] == '\\' ? 1 : 0;
    return !text.empty() && text[0] == pattern[skip] &&
           like(pattern.substr(skip + 1), text.substr(1));
}

bool holds(const Json& test, const Json& value);

bool holds_operator(const std::string& name, const Json& wanted, const Json& value) {
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    if (name == "exists") {
        return wanted == true;
    }
    if (name == "anything-but") {
        if (!wanted.is_object()) {
            const Json all = wanted.is_array() ? wanted : Json::array({wanted});
            return std::none_of(all.begin(), all.end(),
                                [&](const Json& each) { return each == value; });
        }
        const auto nested = wanted.begin();
        const Json all = nested->is_array() ? *nested : Json::array({*nested});
        return std::none_of(all.begin(), all.end(), [&](const Json& each) {
            return holds(Json{{nested.key(), each}}, value);
        });
    }
    if (name == "numeric") {
        bool all = value.is_number();
        for (std::size_t i = 0; all && i < wanted.size(); i += 2) {
            const std::string sign = wanted[i];
            const double a = value;
            const double b = wanted[i + 1];
            all = sign == "="
                      ? a == b
                      : (sign == "<" ? a < b
                                     : (sign == "<=" ? a <= b : (sign == ">" ? a > b : a >= b)));
        }
        return all;
    }
    if (!value.is_string()) {
        return false;
    }
    if (wanted.is_object()) {
        return holds_operator(name, lower(wanted.begin()->get<std::string>()), lower(text));
    }
    const std::string with = wanted;
    if (name == "equals-ignore-case") {
        return lower(with) == lower(text);
    }
    if (name == "prefix") {
        return text.substr(0, with.size()) == with;
    }
    if (name == "suffix") {
        return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
    }
    EXPECT_EQ(name, "wildcard");
    return like(with, text);
}

bool holds(const Json& test, const Json& value) {
    if (test.is_object()) {
        return holds_operator(test.begin().key(), *test.begin(), value);
    }
    return test == value;
}

using Fields = std::map<std::string, Json>;

void expand(const Json& map, const std::string& path, std::vector<Fields>& all) {
    for (const auto& [name, value] : map.items()) {
        const std::string inner = path == kRoot ? name : path + "." + name;
        if (name == "$or") {
            const std::vector<Fields> before = std::exchange(all, {});
            for (const Json& item : value) {
                std::vector<Fields> some = before;
                expand(item, path, some);
                all.insert(all.end(), some.begin(), some.end());
            }
        } else if (value.is_object()) {
            expand(value, inner, all);
        } else {
            for (Fields& fields : all) {
                fields[inner] = value;
            }
        }
    }
}

bool fits(const std::map<int, int>& chosen, const std::map<int, int>& where) {
    return std::all_of(where.begin(), where.end(), [&](const auto& each) {
        const auto same = chosen.find(each.first);
        return same == chosen.end() || same->second == each.second;
    });
}

bool found(Fields::const_iterator at, const Fields& fields, const std::vector<Leaf>& leaves,
           const std::map<int, int>& chosen) {
    if (at == fields.end()) {
        return true;
    }
    bool present = false;
    for (const Leaf& leaf : leaves) {
        if (leaf.path != at->first || !fits(chosen, leaf.where)) {
            continue;
        }
        present = true;
        const bool any = std::any_of(at->second.begin(), at->second.end(),
                                     [&](const Json& test) { return holds(test, leaf.value); });
        auto further = chosen;
        further.insert(leaf.where.begin(), leaf.where.end());
        if (any && found(std::next(at), fields, leaves, further)) {
            return true;
        }
    }
    const bool may_be_absent =
        std::any_of(at->second.begin(), at->second.end(), [](const Json& test) {
            return test.is_object() && test.contains("exists") && test["exists"] == false;
        });
    return !present && may_be_absent && found(std::next(at), fields, leaves, chosen);
}

bool plainly_matches(const Json& pattern, const Json& event) {
    std::vector<Leaf> leaves;
    int arrays = 0;
    flatten(event, kRoot, {}, arrays, leaves);
    std::vector<Fields> all{Fields{}};
    expand(pattern, kRoot, all);
    return std::any_of(all.begin(), all.end(), [&](const Fields& fields) {
        return found(fields.begin(), fields, leaves, {});
    });
}

// ---- a small world, so that patterns hit

class World {
  public:
    explicit World(std::uint64_t seed) : random_(seed) {}

    Json event(int level = 0) {
        Json map = Json::object();
        for (std::size_t left = 1 + up_to(3); left > 0; --left) {
            map[name()] = event_value(level + 1);
        }
        return map;
    }

    Json pattern(int level = 0) {
        Json map = Json::object();
        for (std::size_t left = 1 + up_to(level == 0 ? 2 : 1); left > 0; --left) {
            if (chance(6) && level < 3) {
                Json list = Json::array();
                for (std::size_t items = 2 + up_to(1); items > 0; --items) {
                    list.push_back(pattern(level + 1));
                }
                map["$or"] = list;
            } else {
                map[name()] = level < 3 && chance(3) ? pattern(level + 1) : tests();
            }
        }
        return map;
    }

  private:
    std::size_t up_to(std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, most)(random_);
    }
    bool chance(std::size_t one_in) { return up_to(one_in - 1) == 0; }

    template <typename T>
    T pick(std::initializer_list<T> from) {
        return *(from.begin() + up_to(from.size() - 1));
    }

    std::string name() { return pick<std::string>({"a", "b", "c", "a.b", "\"\n", ""}); }
    std::string text() {
        return pick<std::string>({"", "x", "y", "xy", "xyx", "X", "x\"\\", "xY", "*", "é"});
    }
    Json number() { return pick<Json>({0, 1, 2, -1, 1.5, 2.0, 1e3}); }

    Json scalar() {
        switch (up_to(5)) {
            case 0:
            case 1:
            case 2:
                return text();
            case 3:
                return number();
            case 4:
                return nullptr;
            default:
                return chance(2);
        }
    }

    Json event_value(int level) {
        if (level < 4 && chance(2)) {
            if (chance(2)) {
                return event(level);
            }
            Json list = Json::array();
            for (std::size_t left = up_to(3); left > 0; --left) {
                list.push_back(event_value(level + 1));
            }
            return list;
        }
        return scalar();
    }

    Json tests() {
        Json list = Json::array();
        for (std::size_t left = 1 + up_to(1); left > 0; --left) {
            list.push_back(chance(2) ? scalar() : operation());
        }
        return list;
    }

    std::string some() { return pick<std::string>({"x", "y", "xy", "X", "\"\\"}); }
    std::string stars() {
        return pick<std::string>({"*", "x*", "*y", "x*x", "*x*", "\\*", "x", "", "x\"\\\\*"});
    }

    Json operation() {
        const bool list = chance(2);
        switch (up_to(9)) {
            case 0:
                return {{"prefix", text()}};
            case 1:
                return {{"suffix", text()}};
            case 2:
                return {{"equals-ignore-case", some()}};
            case 3:
                return {
                    {pick<std::string>({"prefix", "suffix"}), {{"equals-ignore-case", some()}}}};
            case 4:
                return {{"wildcard", stars()}};
            case 5:
                return {{"exists", chance(2)}};
            case 6:
                return {{"numeric",
                         chance(2) ? Json{pick<std::string>({"=", "<", "<=", ">", ">="}), number()}
                                   : Json{pick<std::string>({">", ">="}), -1,
                                          pick<std::string>({"<", "<="}), 2}}};
            case 7:
                return {{"anything-but", list ? Json{number(), number()} : number()}};
            case 8:
                return {{"anything-but", list ? Json{text(), text()} : Json(text())}};
            default:
                return nothing_like(list);
        }
    }

    Json nothing_like(bool list) {
        const auto name = pick<std::string>({"prefix", "suffix", "equals-ignore-case", "wildcard"});
        const auto one = [&] { return name == "wildcard" ? stars() : some(); };
        Json nested = Json::object();
        nested[name] = list ? Json::array({one(), one()}) : Json(one());
        return {{"anything-but", nested}};
    }

    std::mt19937_64 random_;
};

// If it fails, a filter drops what it should deliver: nobody would notice.
TEST(EventFilterProperty, AgreesWithThePlainOne) {
    const std::uint64_t seed = tests::test_seed(20'240'607);
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    int matched = 0;
    for (int i = 0; i < 5'000; ++i) {
        const Json pattern = world.pattern();
        auto criteria = FilterCriteria::parse({pattern.dump()});
        ASSERT_TRUE(criteria) << pattern << criteria.error().message;
        EventFilter filter(std::make_shared<const FilterCriteria>(std::move(*criteria)));
        for (int k = 0; k < 8; ++k) {
            const Json event = world.event();
            const bool wanted = plainly_matches(pattern, event);
            matched += wanted ? 1 : 0;
            ASSERT_EQ(filter.matches(event.dump(k % 2 == 0 ? -1 : 1)), wanted)
                << pattern << " on " << event;
        }
    }
    EXPECT_GT(matched, 1'000);  // or the world is too large to show anything
    EXPECT_LT(matched, 30'000);
}

}  // namespace
}  // namespace millbeck::triggers::filter
