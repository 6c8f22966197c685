// Random items and paths of a small world, so that paths hit, types meet and values repeat.
#pragma once

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace millbeck::tests {

using Json = nlohmann::json;

// A step of a path: a name, or an index when the name is empty.
struct RandomStep {
    std::string name;
    std::size_t index = 0;
    friend bool operator==(const RandomStep&, const RandomStep&) = default;
};
using RandomPath = std::vector<RandomStep>;

class RandomDocuments {
  public:
    explicit RandomDocuments(std::uint64_t seed) : random_(seed) {}

    static constexpr std::array<std::string_view, 7> kNames{"a",  "b", "ab", "q\"",
                                                            "\n", "é", "a.b"};

    std::size_t up_to(std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, most)(random_);
    }
    bool chance(std::size_t one_in) { return up_to(one_in - 1) == 0; }
    std::mt19937_64& engine() { return random_; }

    // DynamoDB JSON of an item.
    Json item() { return members(4, 1); }

    Json value(int level = 1) {
        switch (up_to(level < 4 ? 11 : 7)) {
            case 0:
            case 1:
                return {{"S", pick(kStrings)}};
            case 2:
            case 3:
                return {{"N", pick(kNumbers)}};
            case 4:
                return {{"B", pick(kBinaries)}};
            case 5:
                return chance(2) ? Json{{"BOOL", chance(2)}} : Json{{"NULL", true}};
            case 6:
                return {{"SS", subset(kStrings)}};
            case 7:
                return chance(2) ? Json{{"NS", subset(kNumbers)}} : Json{{"BS", subset(kBinaries)}};
            case 8:
            case 9: {
                Json list = Json::array();
                for (std::size_t left = up_to(3); left > 0; --left) {
                    list.push_back(value(level + 1));
                }
                return {{"L", list}};
            }
            default:
                return {{"M", members(3, level + 1)}};
        }
    }

    RandomPath path() {
        RandomPath path{{name(), 0}};
        while (path.size() < 4 && chance(2)) {
            path.push_back(chance(2) ? RandomStep{name(), 0} : RandomStep{"", up_to(3)});
        }
        return path;
    }

    // A path that the item has, mostly.
    RandomPath path_in(const Json& item) {
        if (item.empty() || chance(4)) {
            return path();
        }
        RandomPath found;
        const Json* map = &item;
        while (true) {
            auto member = map->begin();
            std::advance(member, up_to(map->size() - 1));
            found.push_back({member.key(), 0});
            const Json* value = &*member;
            while (value->contains("L") && !(*value)["L"].empty() && !chance(3)) {
                found.push_back({"", up_to((*value)["L"].size() - 1)});
                value = &(*value)["L"][found.back().index];
            }
            if (!value->contains("M") || (*value)["M"].empty() || chance(3)) {
                if (chance(6)) {
                    found.push_back(chance(2) ? RandomStep{name(), 0} : RandomStep{"", up_to(4)});
                }
                return found;
            }
            map = &(*value)["M"];
        }
    }

    // `#n0.#n3[1]`; names are always placeholders, see names_json().
    static std::string text_of(const RandomPath& path) {
        std::string text;
        for (const RandomStep& step : path) {
            if (step.name.empty()) {
                text += "[" + std::to_string(step.index) + "]";
                continue;
            }
            text += text.empty() ? "#n" : ".#n";
            for (std::size_t i = 0; i < kNames.size(); ++i) {
                text += kNames.at(i) == step.name ? std::to_string(i) : "";
            }
        }
        return text;
    }

    static std::string names_json() {
        Json names;
        for (std::size_t i = 0; i < kNames.size(); ++i) {
            names["#n" + std::to_string(i)] = kNames.at(i);
        }
        return names.dump();
    }

  private:
    static constexpr std::array<std::string_view, 8> kStrings{"",    "a", "ab", "b\n",
                                                              "\\n", "n", "é",  "\"q"};
    static constexpr std::array<std::string_view, 8> kNumbers{"0",  "1",    "-1",    "2.5",
                                                              "10", "-2.5", "0.001", "99"};
    static constexpr std::array<std::string_view, 6> kBinaries{
        "", "AQ==", "AQI=", "AQID", "/w==", "gA=="};

    std::string name() { return std::string(kNames.at(up_to(kNames.size() - 1))); }

    template <std::size_t N>
    std::string pick(const std::array<std::string_view, N>& from) {
        return std::string(from.at(up_to(N - 1)));
    }

    template <std::size_t N>
    Json subset(const std::array<std::string_view, N>& from) {
        Json chosen = Json::array();
        for (const std::string_view text : from) {
            if (chance(3)) {
                chosen.push_back(text);
            }
        }
        if (chosen.empty()) {
            chosen.push_back(from.at(up_to(N - 1)));
        }
        return chosen;
    }

    Json members(std::size_t most, int level) {
        Json map = Json::object();
        for (std::size_t left = up_to(most); left > 0; --left) {
            map[name()] = value(level);
        }
        return map;
    }

    std::mt19937_64 random_;
};

}  // namespace millbeck::tests
