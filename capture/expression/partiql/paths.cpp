#include "capture/expression/partiql/paths.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;

tl::unexpected<base::Error> refuse_at(std::string message, const Node& node) {
    return fail(Code::Invalid, message.append(" at ").append(to_string(node.spot)));
}

base::Status check_name(const Node& name) {
    return name.text.empty() ? fail(Code::Invalid, "Path component cannot be an empty string")
                             : base::Status{};
}

base::Result<std::uint32_t> index_of(const Node& node) {
    if (node.text.find_first_of(".eE") != std::string::npos) {
        return refuse_at("Unexpected path component", node);
    }
    std::uint32_t index = 0;
    const char* end = node.text.data() + node.text.size();
    const auto [stop, error] = std::from_chars(node.text.data(), end, index);
    if (error != std::errc{} || stop != end || index > std::numeric_limits<std::int32_t>::max()) {
        return refuse_at("List index is not within the allowable range; index: [" + node.text + "]",
                         node);
    }
    return index;
}

base::Status add_step(SyntaxBuilder& builder, const Node& step) {
    switch (step.type) {
        case NodeType::String:
        case NodeType::Name:
            MB_TRY_STATUS(check_name(step));
            builder.name(step.text);
            return {};
        case NodeType::Number: {
            MB_TRY(const std::uint32_t index, index_of(step));
            builder.syntax().elements.emplace_back(ListIndex{index});
            return {};
        }
        case NodeType::AnyMember:
            return refuse_at("Unpivot path component like a.*.b are not supported", step);
        case NodeType::AnyEntry:
            return refuse_at("Wildcard path component like a[*].b are not supported", step);
        default:
            return refuse_at("Unexpected path component", step);
    }
}

}  // namespace

bool is_path(const Tree& tree, NodeId node) {
    return tree.at(node).type == NodeType::Name || tree.at(node).type == NodeType::Path;
}

base::Result<Path> add_path(SyntaxBuilder& builder, const Tree& tree, NodeId node) {
    const Node& path = tree.at(node);
    const Node& first = path.type == NodeType::Path ? tree.at(path.children[0]) : path;
    if (first.type != NodeType::Name) {
        return first.type == NodeType::List
                   ? fail(Code::Invalid, "A path cannot start with a list index")
                   : refuse_at("Unexpected path component", first);
    }
    MB_TRY_STATUS(check_name(first));
    Path added = builder.name(first.text);
    for (std::size_t i = 1; i < path.children.size(); ++i) {
        MB_TRY_STATUS(add_step(builder, tree.at(path.children[i])));
        ++added.count;
    }
    if (added.count > kPathElementsMax) {
        return fail(Code::Invalid,
                    "The document path has too many nesting levels; nesting levels: " +
                        std::to_string(added.count));
    }
    return added;
}

std::string_view head_of(const Tree& tree, NodeId node) {
    const Node& path = tree.at(node);
    return path.type == NodeType::Path ? tree.at(path.children[0]).text : path.text;
}

std::optional<std::string_view> attribute_of(const Tree& tree, NodeId node) {
    if (tree.at(node).type != NodeType::Name) {
        return std::nullopt;
    }
    return tree.at(node).text;
}

bool same_path(const Tree& tree, NodeId a, NodeId b) {
    const Node& first = tree.at(a);
    const Node& second = tree.at(b);
    if (first.type != second.type || first.text != second.text ||
        first.children.size() != second.children.size()) {
        return false;
    }
    return std::ranges::equal(first.children, second.children,
                              [&](NodeId x, NodeId y) { return same_path(tree, x, y); });
}

}  // namespace millbeck::capture::expression::partiql
