// Attribute values: what is accepted is canonical (parses to itself, to the same size), every
// attribute is where it says, and what is refused is refused with one of two codes.
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "shardlog/item.hpp"
#include "tests/fuzz/fuzz_targets.hpp"

namespace millbeck::fuzz {
namespace {

using shardlog::AttributeType;
using shardlog::Item;

void check_attribute(const Item& item, const Item::Attribute& attribute) {
    const std::string_view text = item.text();
    const std::string_view value = item.value_text(attribute);
    MB_CHECK(attribute.name_end + 2 == attribute.value_begin, "a colon follows the name");
    MB_CHECK(text.substr(attribute.name_end, 2) == "\":", "the name is quoted");
    MB_CHECK(value.starts_with("{\"" + std::string(shardlog::to_string(attribute.type)) + "\":"),
             "the type is the one written");
    if (attribute.type == AttributeType::S) {
        std::string again = "{\"S\":";
        shardlog::append_json_string(again, shardlog::scalar_content(value, attribute.type));
        MB_CHECK(again + "}" == value, "a string is escaped one way only");
    }
    if (attribute.type == AttributeType::B) {
        MB_CHECK(shardlog::scalar_content(value, attribute.type).size() == attribute.size_bytes,
                 "the size of binary is that of its bytes");
    }
}

void check_accepted(const Item& item) {
    const auto again = shardlog::parse_item(item.text());
    MB_CHECK(again.has_value(), "canonical text is accepted");
    MB_CHECK(again->text() == item.text(), "canonical text is canonical");
    MB_CHECK(again->size_bytes() == item.size_bytes(), "the size does not depend on the spelling");
    MB_CHECK(again->attributes().size() == item.attributes().size(), "no attribute is lost");
    for (const Item::Attribute& attribute : item.attributes()) {
        check_attribute(item, attribute);
    }
}

}  // namespace

int fuzz_item(const std::uint8_t* data, std::size_t size) {
    const std::string json(reinterpret_cast<const char*>(data), size);
    const auto item = shardlog::parse_item(json);
    if (item) {
        check_accepted(*item);
        return 0;
    }
    const base::Code code = item.error().code;
    MB_CHECK(code == base::Code::Malformed ||
                 (code == base::Code::Invalid && !item.error().message.empty()),
             "refused as malformed, or as invalid with words");
    return 0;
}

}  // namespace millbeck::fuzz
