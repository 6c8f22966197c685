#include "runtime/api/parse_key_schema.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "runtime/api/fields.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using shardlog::AttributeType;

tl::unexpected<base::Error> invalid(std::string_view text) {
    return base::fail(Code::Invalid,
                      fmt::format("One or more parameter values were invalid: {}", text));
}

struct Definition {
    std::string name;
    AttributeType type = AttributeType::S;
};

AttributeType scalar_type(std::string_view text) {
    if (text == "N") {
        return AttributeType::N;
    }
    return text == "B" ? AttributeType::B : AttributeType::S;
}

base::Result<std::vector<Definition>> parse_definitions(dom::element list) {
    std::vector<Definition> definitions;
    std::set<std::string_view> names;
    for (const dom::element element : list_of(list)) {
        const Fields fields(shapes::kAttributeDefinition, element);
        const std::string_view name = fields.text("AttributeName");
        if (!names.insert(name).second) {
            return invalid(fmt::format("Attribute Name is duplicated: {}", name));
        }
        definitions.push_back({std::string(name), scalar_type(fields.text("AttributeType"))});
    }
    return definitions;
}

struct KeyElement {
    std::string name;
    bool hash = false;
};

std::vector<KeyElement> parse_key_elements(dom::element list) {
    std::vector<KeyElement> elements;
    for (const dom::element element : list_of(list)) {
        const Fields fields(shapes::kKeySchemaElement, element);
        elements.push_back(
            {std::string(fields.text("AttributeName")), fields.text("KeyType") == "HASH"});
    }
    return elements;
}

template <typename List>
std::string join_names(const List& list) {
    std::string text;
    for (const auto& entry : list) {
        text.append(text.empty() ? "" : ", ").append(entry.name);
    }
    return text;
}

base::Status check_defined(const std::vector<KeyElement>& keys,
                           const std::vector<Definition>& definitions) {
    const auto defined = [&](const KeyElement& key) {
        return std::ranges::find(definitions, key.name, &Definition::name) != definitions.end();
    };
    if (!std::ranges::all_of(keys, defined)) {
        return invalid(fmt::format(
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], "
            "AttributeDefinitions: [{}]",
            join_names(keys), join_names(definitions)));
    }
    return {};
}

base::Status check_key_schema(const std::vector<KeyElement>& keys,
                              const std::vector<Definition>& definitions) {
    if (keys.size() > definitions.size()) {
        return base::fail(Code::Invalid,
                          "Invalid KeySchema: Some index key attribute have no definition");
    }
    MB_TRY_STATUS(check_defined(keys, definitions));
    if (keys.size() == 2 && keys[0].name == keys[1].name) {
        return base::fail(
            Code::Invalid,
            "Both the Hash Key and the Range Key element in the KeySchema have the same name");
    }
    if (!keys[0].hash) {
        return base::fail(Code::Invalid,
                          "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    }
    if (keys.size() == 2 && keys[1].hash) {
        return base::fail(Code::Invalid,
                          "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    }
    if (keys.size() != definitions.size()) {
        return invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes defined "
            "in AttributeDefinitions");
    }
    return {};
}

}  // namespace

base::Result<capture::KeySchema> parse_key_schema(const Fields& fields) {
    MB_TRY(const auto definitions, parse_definitions(*fields.find("AttributeDefinitions")));
    const auto elements = parse_key_elements(*fields.find("KeySchema"));
    MB_TRY_STATUS(check_key_schema(elements, definitions));
    const auto attribute = [&](const KeyElement& key) {
        const auto found = std::ranges::find(definitions, key.name, &Definition::name);
        return capture::KeyAttribute{key.name, found->type};
    };
    capture::KeySchema schema{attribute(elements[0]), std::nullopt};
    if (elements.size() == 2) {
        schema.range = attribute(elements[1]);
    }
    return schema;
}

}  // namespace millbeck::runtime
