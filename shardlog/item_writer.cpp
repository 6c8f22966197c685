#include "shardlog/item_writer.hpp"

#include <algorithm>
#include <optional>

namespace millbeck::shardlog {
namespace {

using simdjson::dom::element;

// What the service adds to the members of a map or list, and to each of them.
constexpr std::uint32_t kDocumentBytes = 3;
constexpr std::uint32_t kDocumentMemberBytes = 1;

constexpr std::string_view kEmptyValue =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";

template <typename T>
void release_vector(std::vector<T>& vector, std::size_t bytes) {
    vector.clear();
    if (vector.capacity() * sizeof(T) > bytes) {
        vector.shrink_to_fit();
    }
}

}  // namespace

void ItemScratch::release_above(std::size_t bytes) {
    text.release_above(bytes);
    numbers.release_above(bytes);
    release_vector(members, bytes);
    release_vector(sets, bytes);
}

bool ItemWriter::fail(base::Code code, std::string message) {
    error_ = {code, std::move(message)};
    return false;
}

bool ItemWriter::mismatch(Element found, WireType wanted) {
    error_ = wire_mismatch(found, wanted);
    return false;
}

bool ItemWriter::write_item(Element attributes) {
    if (!attributes.is_object()) {
        return mismatch(attributes, WireType::AttributeMap);
    }
    const std::size_t base = push_members(as_object(attributes));
    const std::size_t count = scratch_.members.size() - base;
    attributes_.resize(count);
    scratch_.text.append('{');
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) {
            scratch_.text.append(',');
        }
        // By value: writing pushes members of maps inside and may move the stack.
        const ItemScratch::Member member = scratch_.members[base + i];
        if (!write_member(member, 1, attributes_[i])) {
            return false;
        }
        size_bytes_ += static_cast<std::uint32_t>(member.name.size()) + attributes_[i].size_bytes;
    }
    scratch_.text.append('}');
    return true;
}

bool ItemWriter::write_member(const ItemScratch::Member& member, int level,
                              Item::Attribute& attribute) {
    if (member.name.empty()) {
        return fail(base::Code::Invalid, "Empty attribute name");
    }
    if (member.name.size() > kAttributeNameBytesMax) {
        return fail(base::Code::Invalid,
                    "Attribute name is too large, must be less than 65536 bytes");
    }
    TextBuffer& text = scratch_.text;
    attribute.name_begin = static_cast<std::uint32_t>(text.size() + 1);
    text.append_json_string(member.name);
    attribute.name_end = static_cast<std::uint32_t>(text.size() - 1);
    text.append(':');
    attribute.value_begin = static_cast<std::uint32_t>(text.size());
    Written written;
    if (!write_value(member.value, level, written)) {
        return false;
    }
    attribute.value_end = static_cast<std::uint32_t>(text.size());
    attribute.size_bytes = written.size_bytes;
    attribute.type = written.type;
    return true;
}

std::size_t ItemWriter::push_members(simdjson::dom::object map) {
    auto& members = scratch_.members;
    const std::size_t base = members.size();
    bool sorted = true;
    for (const auto field : map) {
        sorted = sorted && (members.size() == base || members.back().name < field.key);
        members.push_back({field.key, field.value});
    }
    if (sorted) {
        return base;
    }
    const auto first = members.begin() + static_cast<std::ptrdiff_t>(base);
    std::stable_sort(first, members.end(),
                     [](const auto& a, const auto& b) { return a.name < b.name; });
    // Keeps the last of each run of equal names: backwards, unique() keeps the first it meets.
    const auto kept = std::unique(members.rbegin(), std::make_reverse_iterator(first),
                                  [](const auto& a, const auto& b) { return a.name == b.name; });
    members.erase(first, kept.base());
    return base;
}

bool ItemWriter::write_value(Element value, int level, Written& written) {
    if (level > kNestingLevelsMax) {
        return fail(base::Code::Invalid,
                    "Nesting Levels have exceeded supported limits: Attributes in the item have "
                    "nested levels beyond supported limit");
    }
    if (!value.is_object()) {
        return value.is_null() ? fail(base::Code::Invalid, std::string(kEmptyValue))
                               : mismatch(value, WireType::AttributeValue);
    }
    const simdjson::dom::object object = as_object(value);
    std::optional<AttributeType> chosen;
    Element content;
    for (const auto field : object) {
        const std::optional<AttributeType> tag = parse_attribute_type(field.key);
        if (!tag || field.value.is_null()) {
            continue;  // unknown members are ignored
        }
        if (chosen && *chosen != *tag) {
            return refuse_datatypes(object, level);
        }
        chosen = tag;
        content = field.value;
    }
    if (!chosen) {
        return fail(base::Code::Invalid, std::string(kEmptyValue));
    }
    written.type = *chosen;
    return write_typed(*chosen, content, level, written.size_bytes);
}

// The service complains about each value first, and about their number only when all are good.
bool ItemWriter::refuse_datatypes(simdjson::dom::object value, int level) {
    for (const auto field : value) {
        const std::optional<AttributeType> tag = parse_attribute_type(field.key);
        std::uint32_t ignored = 0;
        if (tag && !field.value.is_null() && !write_typed(*tag, field.value, level, ignored)) {
            return false;
        }
    }
    return fail(base::Code::Invalid,
                "Supplied AttributeValue has more than one datatypes set, must contain exactly "
                "one of the supported datatypes");
}

bool ItemWriter::write_typed(AttributeType type, Element value, int level,
                             std::uint32_t& size_bytes) {
    switch (type) {
        case AttributeType::S:
            return write_string(value, size_bytes);
        case AttributeType::N:
            return write_number(value, size_bytes);
        case AttributeType::B:
            return write_binary(value, size_bytes);
        case AttributeType::BOOL:
            return write_boolean(value, size_bytes);
        case AttributeType::NULL_:
            return write_null(value, size_bytes);
        case AttributeType::M:
            return write_map(value, level, size_bytes);
        case AttributeType::L:
            return write_list(value, level, size_bytes);
        case AttributeType::SS:
            return write_string_set(value, size_bytes);
        case AttributeType::NS:
            return write_number_set(value, size_bytes);
        case AttributeType::BS:
            return write_binary_set(value, size_bytes);
    }
    return false;
}

bool ItemWriter::write_map(Element value, int level, std::uint32_t& size_bytes) {
    if (!value.is_object()) {
        return mismatch(value, WireType::AttributeMap);
    }
    const std::size_t base = push_members(as_object(value));
    size_bytes = kDocumentBytes;
    scratch_.text.append(R"({"M":{)");
    const bool written = write_members(base, level + 1, size_bytes);
    scratch_.text.append("}}");
    scratch_.members.resize(base);
    return written;
}

bool ItemWriter::write_members(std::size_t base, int level, std::uint32_t& size_bytes) {
    const std::size_t end = scratch_.members.size();
    for (std::size_t i = base; i < end; ++i) {
        if (i > base) {
            scratch_.text.append(',');
        }
        const ItemScratch::Member member = scratch_.members[i];
        Item::Attribute attribute{};
        if (!write_member(member, level, attribute)) {
            return false;
        }
        size_bytes += kDocumentMemberBytes + static_cast<std::uint32_t>(member.name.size()) +
                      attribute.size_bytes;
    }
    return true;
}

bool ItemWriter::write_list(Element value, int level, std::uint32_t& size_bytes) {
    if (!value.is_array()) {
        return mismatch(value, WireType::List);
    }
    size_bytes = kDocumentBytes;
    scratch_.text.append(R"({"L":[)");
    bool first = true;
    for (const Element entry : as_array(value)) {
        if (!first) {
            scratch_.text.append(',');
        }
        first = false;
        Written written;
        if (!write_value(entry, level + 1, written)) {
            return false;
        }
        size_bytes += kDocumentMemberBytes + written.size_bytes;
    }
    scratch_.text.append("]}");
    return true;
}

}  // namespace millbeck::shardlog
