#include "triggers/filter/event_pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "triggers/filter/pattern_tree.hpp"

namespace millbeck::triggers::filter {

using base::Code;
using base::Result;
using base::Status;
using Kind = PatternTree::Kind;

namespace {

// Names that do not stand for fields inside of $or: operators, and words kept for more of them.
constexpr std::array<std::string_view, 24> kReserved{"exactly",
                                                     "equals-ignore-case",
                                                     "prefix",
                                                     "suffix",
                                                     "anything-but",
                                                     "exists",
                                                     "wildcard",
                                                     "numeric",
                                                     "cidr",
                                                     "=",
                                                     "<",
                                                     "<=",
                                                     ">",
                                                     ">=",
                                                     "regex",
                                                     "not-wildcard",
                                                     "not-equals-ignore-case",
                                                     "date-after",
                                                     "date-on-or-after",
                                                     "date-before",
                                                     "date-on-or-before",
                                                     "in-date-range",
                                                     "ip-address-in-range",
                                                     "ip-address-not-in-range"};

tl::unexpected<base::Error> bad(std::string why) {
    return base::fail(Code::Invalid, std::move(why));
}

bool is_reserved(const std::string& name) {
    return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

// A list of two maps and more, none of which names an operator; else $or is a field like others.
bool means_or(const PatternTree& value) {
    return value.kind == Kind::List && value.items.size() >= 2 &&
           std::all_of(value.items.begin(), value.items.end(), [](const PatternTree& item) {
               return item.kind == Kind::Map &&
                      std::none_of(item.members.begin(), item.members.end(),
                                   [](const auto& member) { return is_reserved(member.first); });
           });
}

enum class Within { Pattern, Or };

class Compiler {
  public:
    // Adds what the map asks for to every alternative there is.
    Status add_map(const PatternTree& map, Within within) {
        if (map.members.empty()) {
            return bad("Empty objects are not allowed");
        }
        for (const auto& [name, value] : map.members) {
            if (name == "$or" && means_or(value)) {
                MB_TRY_STATUS(add_or(value));
                continue;
            }
            if (within == Within::Or && is_reserved(name)) {
                return bad(name + " is Ruler reserved fieldName which cannot be used inside $or.");
            }
            MB_TRY_STATUS(add_member(name, value, within));
        }
        return {};
    }

    std::vector<Alternative> alternatives{Alternative{}};

  private:
    Status add_member(const std::string& name, const PatternTree& value, Within within) {
        const std::size_t above = path_.size();
        path_ += path_started_ ? "." + name : name;
        const bool was_started = std::exchange(path_started_, true);
        Status added;
        if (value.kind == Kind::Map) {
            added = add_map(value, within);
        } else if (value.kind == Kind::List) {
            added = add_field(value);
        } else {
            added = bad("\"" + name + "\" must be an object or an array");
        }
        path_.resize(above);
        path_started_ = was_started;
        return added;
    }

    // Of a field that is there twice the last counts, as of a name.
    Status add_field(const PatternTree& list) {
        MB_TRY(auto parsed, parse_condition(list));
        const auto condition = std::make_shared<const FieldCondition>(std::move(parsed));
        for (Alternative& alternative : alternatives) {
            alternative[path_] = condition;
            if (alternative.size() > kFieldsMax) {
                return bad("more than " + std::to_string(kFieldsMax) + " fields");
            }
        }
        return {};
    }

    Status add_or(const PatternTree& list) {
        const std::vector<Alternative> before = std::move(alternatives);
        std::vector<Alternative> all;
        for (const PatternTree& item : list.items) {
            alternatives = before;
            MB_TRY_STATUS(add_map(item, Within::Or));
            std::move(alternatives.begin(), alternatives.end(), std::back_inserter(all));
            if (all.size() > kAlternativesMax) {
                return bad("$or makes more than " + std::to_string(kAlternativesMax) +
                           " combinations");
            }
        }
        alternatives = std::move(all);
        return {};
    }

    std::string path_;
    bool path_started_ = false;  // a first name may be empty
};

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace

Result<EventPattern> EventPattern::parse(std::string_view json) {
    if (characters(json) > kPatternCharactersMax) {
        return bad("longer than " + std::to_string(kPatternCharactersMax) + " characters");
    }
    MB_TRY(const PatternTree tree, parse_tree(json));
    if (tree.kind != Kind::Map) {
        return bad("Filter is not an object");
    }
    Compiler compiler;
    MB_TRY_STATUS(compiler.add_map(tree, Within::Pattern));
    return EventPattern(std::string(json), std::move(compiler.alternatives));
}

}  // namespace millbeck::triggers::filter
