#include "runtime/config/value.hpp"

#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace millbeck::runtime {

using base::Code;
using base::Result;

namespace {

constexpr int kDepthMax = 16;

Result<Value> convert(std::string_view name, const YAML::Node& node, int depth) {
    Value value;
    value.line = node.Mark().line + 1;
    if (depth > kDepthMax) {
        return base::fail(Code::Invalid, fmt::format("{}:{}: nested too deeply", name, value.line));
    }
    switch (node.Type()) {
        case YAML::NodeType::Undefined:
        case YAML::NodeType::Null:
            break;
        case YAML::NodeType::Scalar:
            value.kind = Value::Kind::Text;
            value.text = node.Scalar();
            value.quoted = node.Tag() == "!";  // yaml-cpp's word for it
            break;
        case YAML::NodeType::Sequence:
            value.kind = Value::Kind::List;
            for (const auto& item : node) {
                MB_TRY(auto converted, convert(name, item, depth + 1));
                value.items.push_back(std::move(converted));
            }
            break;
        case YAML::NodeType::Map: {
            value.kind = Value::Kind::Map;
            std::set<std::string> seen;
            for (const auto& pair : node) {
                const int line = pair.first.Mark().line + 1;
                if (!pair.first.IsScalar()) {
                    return base::fail(Code::Invalid,
                                      fmt::format("{}:{}: a key must be a word", name, line));
                }
                const std::string& key = pair.first.Scalar();
                if (!seen.insert(key).second) {
                    return base::fail(Code::Invalid, fmt::format("{}:{}: key \"{}\" is there twice",
                                                                 name, line, key));
                }
                MB_TRY(auto converted, convert(name, pair.second, depth + 1));
                value.members.push_back({key, line, std::move(converted)});
            }
            break;
        }
    }
    return value;
}

}  // namespace

Value Value::of(std::string_view text) {
    Value value;
    value.kind = Kind::Text;
    value.text = text;
    return value;
}

std::string_view to_string(Value::Kind kind) {
    switch (kind) {
        case Value::Kind::Nothing:
            return "nothing";
        case Value::Kind::Text:
            return "a text";
        case Value::Kind::List:
            return "a list";
        case Value::Kind::Map:
            return "a map";
    }
    return "";
}

Result<Value> parse_yaml(std::string_view name, const std::string& text) {
    try {
        return convert(name, YAML::Load(text), 0);
    } catch (const YAML::Exception& e) {
        return base::fail(Code::Invalid,
                          fmt::format("{}:{}: not valid YAML: {}", name, e.mark.line + 1, e.msg));
    }
}

}  // namespace millbeck::runtime
