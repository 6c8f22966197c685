#include "runtime/api/attribute_value.hpp"

#include <simdjson.h>

#include "shardlog/item_parser.hpp"

namespace millbeck::runtime {

// Read as an item of this one attribute: rare enough to be parsed twice.
base::Result<std::string> parse_attribute_value(simdjson::dom::element value,
                                                shardlog::Wording wording) {
    MB_TRY(const auto item,
           shardlog::parse_item(R"({"v":)" + simdjson::minify(value) + "}", wording));
    MB_CHECK(item.attributes().size() == 1, "a value is not null");
    return std::string(item.value_text(item.attributes().front()));
}

base::Status check_value_kinds(simdjson::dom::element value) {
    const auto read = parse_attribute_value(value);
    if (!read && read.error().code == base::Code::Malformed) {
        return tl::unexpected(read.error());
    }
    return {};
}

}  // namespace millbeck::runtime
