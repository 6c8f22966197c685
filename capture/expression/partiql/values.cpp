#include "capture/expression/partiql/values.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "shardlog/java_number.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;
using base::Status;

// How the service calls what no value can be; at the top of an item by its text instead.
std::string_view kind_of(const Node& node) {
    switch (node.type) {
        case NodeType::Name:
            return "VariableReference";
        case NodeType::Path:
            return "Path";
        case NodeType::Call:
        case NodeType::Operation:
            return "NAry";
        case NodeType::Parameter:
            return "Parameter";
        case NodeType::Missing:
            return "MISSING";
        case NodeType::Number:
            return node.text.find_first_of(".eE") == std::string::npos ? "INT" : "DECIMAL";
        default:
            return "UNKNOWN";
    }
}

std::string_view ion_kind(std::string_view text) {
    if (text.starts_with("{{")) {
        return "BLOB";
    }
    return !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')) ? "INT"
                                                                                   : "SYMBOL";
}

tl::unexpected<base::Error> refuse(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

tl::unexpected<base::Error> refuse_at(std::string message, const Node& node) {
    return refuse(message.append(" at ").append(to_string(node.spot)));
}

// Appends values as DynamoDB JSON. Recursion is as deep as the tree.
class ValueWriter {
  public:
    explicit ValueWriter(const Source& source) : tree_(source.tree), source_(source) {}

    [[nodiscard]] std::string take() { return std::move(out_); }

    Status write(NodeId id, const std::string& path, bool nested) {
        const Node& node = tree_.at(id);
        switch (node.type) {
            case NodeType::String:
                out_ += R"({"S":)";
                shardlog::append_json_string(out_, node.text);
                out_ += '}';
                return {};
            case NodeType::Number:
                return write_number(node, path);
            case NodeType::Boolean:
                out_.append(R"({"BOOL":)").append(node.text).append("}");
                return {};
            case NodeType::Null:
                out_ += R"({"NULL":true})";
                return {};
            case NodeType::List:
                return write_list(node, path);
            case NodeType::Bag:
                return write_bag(node, path);
            case NodeType::Struct:
                out_ += R"({"M":)";
                MB_TRY_STATUS(write_members(node, path));
                out_ += '}';
                return {};
            default:
                return write_other(node, path, nested);
        }
    }

    // `{"a":{"N":"1"}}`
    Status write_members(const Node& node, const std::string& path, bool item = false) {
        std::vector<std::string_view> names;
        out_ += '{';
        for (std::size_t i = 0; i < node.children.size(); i += 2) {
            const Node& key = tree_.at(node.children[i]);
            MB_TRY_STATUS(check_key(key, path));
            if (std::ranges::find(names, key.text) != names.end()) {
                return refuse_at("Duplicate keys in tuple. Key: " + key.text + " under " + path,
                                 key);
            }
            names.push_back(key.text);
            out_.append(i == 0 ? "" : ",");
            shardlog::append_json_string(out_, key.text);
            out_ += ':';
            // The attributes of an item are the roots of their values.
            MB_TRY_STATUS(write(node.children[i + 1], item ? path : path + "." + key.text, !item));
        }
        out_ += '}';
        return {};
    }

  private:
    static Status check_key(const Node& key, const std::string& path) {
        if (key.type != NodeType::String) {
            return refuse_at("Tuple keys must be of type String. Actual type: " +
                                 std::string(kind_of(key)) + " under " + path,
                             key);
        }
        return key.text.empty() ? refuse("Path component cannot be an empty string") : Status{};
    }

    Status write_number(const Node& node, const std::string& path) {
        std::array<char, shardlog::kNumberTextBytesMax> number{};
        auto fault = shardlog::NumberFault::None;
        std::string text = node.text;
        if (const std::size_t point = text.find('.'); point != std::string::npos) {
            if (point == 0 || text[point - 1] == '-') {
                text.insert(point, "0");
            }
            const std::size_t digits = text.find('.') + 1;
            if (digits == text.size() || text[digits] == 'e' || text[digits] == 'E') {
                text.insert(digits, "0");
            }
        }
        const std::size_t size = shardlog::write_canonical_number(number.data(), text, fault);
        if (fault != shardlog::NumberFault::None) {
            fault = shardlog::java_number_fault(text, fault);
            return refuse(shardlog::number_fault_message(fault, text) + " under " + path);
        }
        out_.append(R"({"N":")").append(number.data(), size).append("\"}");
        return {};
    }

    Status write_list(const Node& node, const std::string& path) {
        out_ += R"({"L":[)";
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            out_.append(i == 0 ? "" : ",");
            MB_TRY_STATUS(write(node.children[i], path + "[" + std::to_string(i) + "]", true));
        }
        out_ += "]}";
        return {};
    }

    Status write_bag(const Node& node, const std::string& path) {
        constexpr std::string_view kBadBag =
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in "
            "bags";
        if (node.children.empty()) {
            return refuse("Empty bags are not supported");
        }
        const NodeType type = tree_.at(node.children[0]).type;
        for (const NodeId child : node.children) {
            const Node& member = tree_.at(child);
            if (member.type != NodeType::Number && member.type != NodeType::String) {
                return refuse_at(std::string(kBadBag), member);
            }
            if (member.type != type) {
                return refuse(std::string(kBadBag));
            }
        }
        out_ += type == NodeType::Number ? R"({"NS":[)" : R"({"SS":[)";
        std::set<std::string> numbers;
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            out_.append(i == 0 ? "" : ",");
            const std::size_t begin = out_.size();
            MB_TRY_STATUS(write(node.children[i], path, true));
            // Without the brackets and the type of a value on its own.
            out_.erase(begin, 5);
            out_.pop_back();
            if (type == NodeType::Number && !numbers.insert(out_.substr(begin)).second) {
                return refuse("One or more parameter values were invalid: Input collection " +
                              listed(node) + " contains duplicates! under " + path);
            }
        }
        out_ += "]}";
        return {};
    }

    // `[2, 1, 2]`, as the statement has them.
    [[nodiscard]] std::string listed(const Node& bag) const {
        std::string text = "[";
        for (const NodeId child : bag.children) {
            text.append(text.size() == 1 ? "" : ", ").append(tree_.at(child).text);
        }
        return text + "]";
    }

    Status write_other(const Node& node, const std::string& path, bool nested) {
        if (node.type == NodeType::Parameter && !nested) {
            out_ += source_.parameters[node.number];
            return {};
        }
        if (node.type == NodeType::Ion) {
            return refuse_at("Ion Literals are not supported: " + std::string(ion_kind(node.text)) +
                                 " under key " + path,
                             node);
        }
        const bool by_kind = nested || node.text.empty() || node.type == NodeType::Missing;
        const std::string name = by_kind ? std::string(kind_of(node)) : node.text;
        return refuse_at("Unsupported data type: " + name + " under key " + path, node);
    }

    const Tree& tree_;
    const Source& source_;
    std::string out_;
};

}  // namespace

bool is_value(const Tree& tree, NodeId node) {
    switch (tree.at(node).type) {
        case NodeType::String:
        case NodeType::Number:
        case NodeType::Boolean:
        case NodeType::Null:
        case NodeType::Ion:
        case NodeType::Parameter:
        case NodeType::List:
        case NodeType::Bag:
        case NodeType::Struct:
            return true;
        default:
            return false;
    }
}

base::Result<std::string> value_of(const Source& source, NodeId node) {
    ValueWriter writer(source);
    MB_TRY_STATUS(writer.write(node, "root", false));
    const NodeType type = source.tree.at(node).type;
    if (type != NodeType::List && type != NodeType::Bag && type != NodeType::Struct) {
        return writer.take();  // canonical as it is
    }
    MB_TRY(const auto item, shardlog::parse_item(R"({"v":)" + writer.take() + "}"));
    return std::string(item.value_text(item.attributes().front()));
}

base::Result<shardlog::Item> item_of(const Source& source, NodeId node) {
    const Node& members = source.tree.at(node);
    if (members.type != NodeType::Struct) {
        return refuse_at(
            "Unsupported format in item expression. Please use struct format {...} to express item "
            "values for insert statement.",
            members);
    }
    ValueWriter writer(source);
    MB_TRY_STATUS(writer.write_members(members, "root", true));
    return shardlog::parse_item(writer.take());
}

}  // namespace millbeck::capture::expression::partiql
