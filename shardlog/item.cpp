#include "shardlog/item.hpp"

#include <algorithm>

#include "shardlog/base64.hpp"
#include "shardlog/json_text.hpp"

namespace millbeck::shardlog {
namespace {

// The unescaped name; `memory` holds it only if the name has an escape, which is rare.
std::string_view unescaped(std::string_view escaped, std::string& memory) {
    if (escaped.find('\\') == std::string_view::npos) {
        return escaped;
    }
    memory.clear();
    append_unescaped(memory, escaped);
    return memory;
}

}  // namespace

std::string_view to_string(AttributeType type) {
    switch (type) {
        case AttributeType::S:
            return "S";
        case AttributeType::N:
            return "N";
        case AttributeType::B:
            return "B";
        case AttributeType::BOOL:
            return "BOOL";
        case AttributeType::NULL_:
            return "NULL";
        case AttributeType::M:
            return "M";
        case AttributeType::L:
            return "L";
        case AttributeType::SS:
            return "SS";
        case AttributeType::NS:
            return "NS";
        case AttributeType::BS:
            return "BS";
    }
    return "";
}

const Item::Attribute* Item::find(std::string_view name) const {
    std::string memory;
    const auto name_of = [&](const Attribute& attribute) {
        return unescaped(std::string_view(text_).substr(attribute.name_begin,
                                                        attribute.name_end - attribute.name_begin),
                         memory);
    };
    const auto found = std::lower_bound(attributes_.begin(), attributes_.end(), name,
                                        [&](const Attribute& attribute, std::string_view wanted) {
                                            return name_of(attribute) < wanted;
                                        });
    return found != attributes_.end() && name_of(*found) == name ? &*found : nullptr;
}

std::string scalar_content(std::string_view value_text, AttributeType type) {
    // `{"S":"` in front, `"}` behind.
    const std::string_view content = value_text.substr(6, value_text.size() - 8);
    std::string out;
    if (type == AttributeType::S) {
        append_unescaped(out, content);
    } else if (type == AttributeType::B) {
        append_base64_decoded(out, content);
    } else {
        out = content;
    }
    return out;
}

}  // namespace millbeck::shardlog
