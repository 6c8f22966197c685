#include "runtime/api/parse_key_schema.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "capture/invalid_values.hpp"
#include "capture/java_hash_order.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using capture::Buckets;
using capture::invalid_values;
using capture::KeyAttribute;
using shardlog::AttributeType;

AttributeType scalar_type(std::string_view text) {
    if (text == "N") {
        return AttributeType::N;
    }
    return text == "B" ? AttributeType::B : AttributeType::S;
}

struct KeyElement {
    std::string name;
    bool hash = false;
};
using KeyElements = std::vector<KeyElement>;

KeyElements parse_key_elements(dom::element list) {
    KeyElements elements;
    for (const dom::element element : list_of(list)) {
        const Fields fields(shapes::kKeySchemaElement, element);
        elements.push_back(
            {std::string(fields.text("AttributeName")), fields.text("KeyType") == "HASH"});
    }
    return elements;
}

template <typename List>
std::string listed(const List& list, Buckets buckets) {
    std::vector<std::string_view> names;
    names.reserve(list.size());
    for (const auto& entry : list) {
        names.push_back(entry.name);
    }
    return capture::join_names(capture::java_hash_order(std::move(names), buckets));
}

base::Status check_defined(const KeyElements& keys, const Definitions& definitions) {
    if (keys.size() > definitions.size()) {
        return base::fail(Code::Invalid,
                          "Invalid KeySchema: Some index key attribute have no definition");
    }
    const auto defined = [&](const KeyElement& key) {
        return std::ranges::find(definitions, key.name, &KeyAttribute::name) != definitions.end();
    };
    if (!std::ranges::all_of(keys, defined)) {
        return invalid_values(fmt::format(
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], "
            "AttributeDefinitions: [{}]",
            listed(keys, Buckets::BySize), listed(definitions, Buckets::BySize)));
    }
    return {};
}

// One HASH, or one HASH and one RANGE.
base::Status check_single(const KeyElements& keys) {
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
    return {};
}

// HASH attributes, then RANGE attributes, up to four of each.
base::Status check_multiple(const KeyElements& keys) {
    std::set<std::string_view> names;
    for (const KeyElement& key : keys) {
        names.insert(key.name);
    }
    if (names.size() < keys.size()) {
        return base::fail(Code::Invalid,
                          "The KeySchema contains multiple key attributes with the same name");
    }
    if (!keys[0].hash) {
        return base::fail(Code::Invalid,
                          "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    }
    if (!std::ranges::is_partitioned(keys, std::identity(), &KeyElement::hash)) {
        return invalid_values(
            "All HASH key attributes must precede RANGE key attributes in the KeySchema");
    }
    for (const bool hash : {true, false}) {
        const auto count = std::ranges::count(keys, hash, &KeyElement::hash);
        if (static_cast<std::size_t>(count) > capture::kAttributesOfTypeMax) {
            return invalid_values(
                fmt::format("The KeySchema exceeds the maximum allowed number of {} key "
                            "attributes",
                            hash ? "HASH" : "RANGE"));
        }
    }
    return {};
}

// Requires: the elements were checked, and all are defined.
capture::KeySchema make_schema(const KeyElements& elements, const Definitions& definitions) {
    capture::KeySchema schema;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const KeyAttribute& key =
            *std::ranges::find(definitions, elements[i].name, &KeyAttribute::name);
        if (i == 0) {
            schema.hash = key;
        } else if (elements[i].hash) {
            schema.more_hashes.push_back(key);
        } else if (!schema.range) {
            schema.range = key;
        } else {
            schema.more_ranges.push_back(key);
        }
    }
    return schema;
}

}  // namespace

base::Result<Definitions> parse_definitions(dom::element list) {
    Definitions definitions;
    std::set<std::string_view> names;
    for (const dom::element element : list_of(list)) {
        const Fields fields(shapes::kAttributeDefinition, element);
        const std::string_view name = fields.text("AttributeName");
        if (!names.insert(name).second) {
            return invalid_values(fmt::format("Attribute Name is duplicated: {}", name));
        }
        definitions.push_back({std::string(name), scalar_type(fields.text("AttributeType"))});
    }
    return definitions;
}

base::Result<capture::KeySchema> parse_key_schema(dom::element list, const Definitions& definitions,
                                                  KeyArity arity) {
    const KeyElements elements = parse_key_elements(list);
    const auto hashes = std::ranges::count(elements, true, &KeyElement::hash);
    if (arity == KeyArity::Multiple && (elements.size() > 2 || hashes > 1)) {
        MB_TRY_STATUS(check_multiple(elements));
        MB_TRY_STATUS(check_defined(elements, definitions));
    } else {
        MB_TRY_STATUS(check_defined(elements, definitions));
        MB_TRY_STATUS(check_single(elements));
    }
    return make_schema(elements, definitions);
}

base::Status check_definitions_match(const Definitions& definitions,
                                     const capture::KeySchema& keys) {
    if (definitions.size() != (keys.range ? 2U : 1U)) {
        return invalid_values(
            "Number of attributes in KeySchema does not exactly match number of attributes defined "
            "in AttributeDefinitions");
    }
    return {};
}

base::Status check_definitions_used(const Definitions& definitions,
                                    const std::vector<const capture::KeySchema*>& keys) {
    std::vector<KeyAttribute> used;
    const auto note = [&](const KeyAttribute& key) {
        if (std::ranges::find(used, key.name, &KeyAttribute::name) == used.end()) {
            used.push_back(key);
        }
    };
    for (const capture::KeySchema* schema : keys) {
        std::ranges::for_each(schema->attributes(), note);
    }
    if (definitions.size() > used.size()) {
        return invalid_values(fmt::format(
            "Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]",
            listed(definitions, Buckets::BySize), listed(used, Buckets::Sixteen)));
    }
    return {};
}

}  // namespace millbeck::runtime
