#include "capture/expression/syntax_builder.hpp"

namespace millbeck::capture::expression {

std::uint32_t SyntaxBuilder::placeholder(char sigil) {
    const auto slot = static_cast<std::uint32_t>(syntax_.placeholders.size());
    const auto begin = static_cast<std::uint32_t>(syntax_.text.size());
    syntax_.text.append(1, sigil).append(std::to_string(slot));
    syntax_.placeholders.push_back({begin, static_cast<std::uint32_t>(syntax_.text.size())});
    return slot;
}

std::string SyntaxBuilder::last_key() const {
    return std::string(syntax_.slice(syntax_.placeholders.back()));
}

Path SyntaxBuilder::name(std::string_view attribute) {
    const auto first = static_cast<std::uint32_t>(syntax_.elements.size());
    syntax_.elements.emplace_back(NameSlot{placeholder('#')});
    names_.push_back({last_key(), std::string(attribute)});
    return {first, 1};
}

std::uint32_t SyntaxBuilder::path(std::string_view attribute) {
    return operand(name(attribute));
}

std::uint32_t SyntaxBuilder::value(std::string_view canonical_text) {
    const std::uint32_t slot = placeholder(':');
    values_.append(values_.size() > 1 ? "," : "").append("\"").append(last_key());
    values_.append("\":").append(canonical_text);
    return operand(ValueSlot{slot});
}

std::uint32_t SyntaxBuilder::operand(const Operand& operand) {
    syntax_.operands.push_back(operand);
    return static_cast<std::uint32_t>(syntax_.operands.size() - 1);
}

std::uint32_t SyntaxBuilder::node(const ConditionNode& node) {
    syntax_.nodes.push_back(node);
    return static_cast<std::uint32_t>(syntax_.nodes.size() - 1);
}

base::Result<Placeholders> SyntaxBuilder::placeholders() {
    std::optional<shardlog::Item> values;
    if (values_.size() > 1) {
        MB_TRY(values, shardlog::parse_item(values_ + "}"));
    }
    if (names_.empty()) {
        return Placeholders::make(std::nullopt, std::move(values));
    }
    return Placeholders::make(std::move(names_), std::move(values));
}

std::shared_ptr<const Syntax> SyntaxBuilder::finish() {
    return std::make_shared<const Syntax>(std::move(syntax_));
}

}  // namespace millbeck::capture::expression
