// A configuration file as a tree of our own, with line numbers: what yaml-cpp read, without it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace millbeck::runtime {

struct Value {
    enum class Kind { Nothing, Text, List, Map };
    struct Member;

    Kind kind = Kind::Nothing;
    std::string text;             // of a Text: as written, quotes removed
    bool quoted = false;          // of a Text: it had quotes
    std::vector<Value> items;     // of a List
    std::vector<Member> members;  // of a Map, in the order written; keys unique
    int line = 0;                 // from 1; 0: not from a file

    static Value of(std::string_view text);  // a Text without a line
};

struct Value::Member {
    std::string key;
    int line = 0;
    Value value;
};

std::string_view to_string(Value::Kind kind);  // "nothing", "a text", "a list", "a map"

// Invalid, with `name:line:` in front: not YAML, a key twice, keys that are not plain, or nesting
// deeper than 16. An empty document is Nothing.
base::Result<Value> parse_yaml(std::string_view name, const std::string& text);

}  // namespace millbeck::runtime
