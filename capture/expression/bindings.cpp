#include "capture/expression/bindings.hpp"

#include <algorithm>

namespace millbeck::capture::expression {
namespace {

base::Result<std::uint32_t> bind_placeholder(std::string_view key, Placeholders& placeholders) {
    const PlaceholderTable& table = *placeholders.table();
    const bool is_name = key[0] == '#';
    const auto found = is_name ? table.find_name(key) : table.find_value(key);
    if (!found) {
        std::string message = is_name ? "An expression attribute name used in the document path is "
                                        "not defined; attribute name: "
                                      : "An expression attribute value used in expression is not "
                                        "defined; attribute value: ";
        return base::fail(base::Code::Invalid, message.append(key));
    }
    if (is_name) {
        placeholders.use_name(*found);
    } else {
        placeholders.use_value(*found);
    }
    return *found;
}

}  // namespace

base::Result<Bindings> Bindings::bind(std::shared_ptr<const Syntax> syntax,
                                      Placeholders& placeholders) {
    Bindings bindings;
    bindings.slots_.reserve(syntax->placeholders.size());
    for (const Slice& slice : syntax->placeholders) {
        MB_TRY(const std::uint32_t index, bind_placeholder(syntax->slice(slice), placeholders));
        bindings.slots_.push_back(index);
    }
    bindings.syntax_ = std::move(syntax);
    bindings.table_ = placeholders.table();
    return bindings;
}

Bindings Bindings::bind_defined(std::shared_ptr<const Syntax> syntax, Placeholders& placeholders) {
    Bindings bindings;
    for (const Slice& slice : syntax->placeholders) {
        const auto index = bind_placeholder(syntax->slice(slice), placeholders);
        if (!index) {
            break;
        }
        bindings.slots_.push_back(*index);
    }
    bindings.syntax_ = std::move(syntax);
    bindings.table_ = placeholders.table();
    return bindings;
}

bool Bindings::is_bound(std::uint32_t operand) const {
    if (const auto* size = std::get_if<Size>(&syntax_->operands[operand])) {
        return is_bound(size->operand);
    }
    if (const auto* value = std::get_if<ValueSlot>(&syntax_->operands[operand])) {
        return value->slot < slots_.size();
    }
    const auto& path = std::get<Path>(syntax_->operands[operand]);
    for (std::uint32_t i = 0; i < path.count; ++i) {
        const auto* name = std::get_if<NameSlot>(&syntax_->elements[path.first + i]);
        if (name != nullptr && name->slot >= slots_.size()) {
            return false;
        }
    }
    return true;
}

Bindings Bindings::none() {
    Bindings bindings;
    bindings.syntax_ = std::make_shared<const Syntax>();
    bindings.table_ = std::make_shared<const PlaceholderTable>();
    return bindings;
}

Step Bindings::step(const PathElement& element) const {
    if (const auto* literal = std::get_if<LiteralName>(&element)) {
        const std::string_view name = syntax_->slice(literal->text);
        return {{name, name}, 0};  // letters, digits and `_` need no escape
    }
    if (const auto* slot = std::get_if<NameSlot>(&element)) {
        const PlaceholderTable::Name& name = table_->names[slots_[slot->slot]];
        return {{name.plain, name.escaped}, 0};
    }
    return {{}, std::get<ListIndex>(element).index};
}

Steps Bindings::steps(Path path) const {
    Steps steps;
    steps.reserve(path.count);
    for (std::uint32_t i = 0; i < path.count; ++i) {
        steps.push_back(step(syntax_->elements[path.first + i]));
    }
    return steps;
}

ValueView Bindings::value(ValueSlot slot) const {
    const shardlog::Item::Attribute& attribute = table_->values.attributes()[slots_[slot.slot]];
    ValueView view;
    view.type = attribute.type;
    view.text = table_->values.value_text(attribute);
    return view;
}

std::uint32_t Bindings::value_size_bytes(ValueSlot slot) const {
    return table_->values.attributes()[slots_[slot.slot]].size_bytes;
}

ValueView Bindings::find(Path path, std::string_view item) const {
    if (item.empty()) {
        return {};
    }
    ValueView value;
    for (std::uint32_t i = 0; i < path.count; ++i) {
        const Step wanted = step(syntax_->elements[path.first + i]);
        if (i == 0) {
            value = ValueView(find_member(item, wanted.name));
        } else if (wanted.is_name() && value.type == shardlog::AttributeType::M) {
            value = ValueView(find_member(content_of(value), wanted.name));
        } else if (!wanted.is_name() && value.type == shardlog::AttributeType::L) {
            value = ValueView(find_element(content_of(value), wanted.index));
        } else {
            return {};
        }
        if (!value.present()) {
            return {};
        }
    }
    return value;
}

bool Bindings::same_path(Path a, Path b) const {
    if (a.count != b.count) {
        return false;
    }
    for (std::uint32_t i = 0; i < a.count; ++i) {
        if (!(step(syntax_->elements[a.first + i]) == step(syntax_->elements[b.first + i]))) {
            return false;
        }
    }
    return true;
}

std::string_view Bindings::head(Path path) const {
    return step(syntax_->elements[path.first]).name.plain;
}

std::string describe(const Steps& steps) {
    std::string text = "[";
    for (const Step& step : steps) {
        text.append(text.size() > 1 ? ", " : "");
        if (step.is_name()) {
            text.append(step.name.plain);
        } else {
            text.append("[").append(std::to_string(step.index)).append("]");
        }
    }
    return text.append("]");
}

tl::unexpected<base::Error> invalid_expression(Kind kind, std::string_view message) {
    std::string text;
    if (kind != Kind::Statement) {
        text.append("Invalid ").append(to_string(kind)).append(": ");
    }
    text.append(message);
    return base::fail(base::Code::Invalid, std::move(text));
}

}  // namespace millbeck::capture::expression
