// Placeholders from a parsed request, and which parameters go together.
#include "capture/expression/placeholders_parser.hpp"

#include <algorithm>
#include <unordered_set>

#include "capture/expression/syntax.hpp"
#include "shardlog/item_parser.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Code;
using base::fail;
namespace dom = simdjson::dom;

std::vector<PlaceholderName> read_names(dom::element names) {
    std::vector<dom::key_value_pair> fields;
    for (const dom::key_value_pair field : shardlog::as_object(names)) {
        fields.push_back(field);
    }
    if (fields.size() > 1) {
        // The last of equal keys counts, as in any map; a request may bring a million of them.
        std::unordered_set<std::string_view> seen;
        std::reverse(fields.begin(), fields.end());
        std::erase_if(fields, [&](const auto& field) { return !seen.insert(field.key).second; });
        std::reverse(fields.begin(), fields.end());
    }
    std::vector<PlaceholderName> read;
    read.reserve(fields.size());
    for (const dom::key_value_pair& field : fields) {
        read.push_back({std::string(field.key), std::string(shardlog::as_string(field.value))});
    }
    return read;
}

// Which of the values it was that a rule refused: each is read again alone.
base::Error name_bad_value(dom::element values, base::Error error) {
    for (const auto field : shardlog::as_object(values)) {
        std::string alone = "{";
        shardlog::append_json_string(alone, field.key);
        alone.append(":").append(simdjson::minify(field.value)).append("}");
        if (const auto read = shardlog::parse_item(alone); !read) {
            error.message =
                "ExpressionAttributeValues contains invalid value: " + read.error().message +
                " for key " + std::string(field.key);
            break;
        }
    }
    return error;
}

std::string listed(std::span<const GivenParameter> parameters) {
    std::string text;
    for (const GivenParameter& parameter : parameters) {
        if (parameter.given) {
            text.append(text.empty() ? "" : ", ").append(parameter.name);
        }
    }
    return text;
}

base::Status check_values_used(std::span<const GivenParameter> expressions,
                               shardlog::Wording wording) {
    std::string without;
    std::size_t count = 0;
    for (const GivenParameter& parameter : expressions) {
        if (parameter.name == to_string(Kind::Projection)) {
            continue;  // has no use for values
        }
        if (parameter.given) {
            return {};
        }
        without.append(count++ == 0 ? "" : " and ").append(parameter.name);
    }
    std::string message = "ExpressionAttributeValues can only be specified when using expressions";
    if (wording == shardlog::Wording::Older) {
        message.append(": ").append(without).append(count > 1 ? " are null" : " is null");
    }
    return fail(Code::Invalid, std::move(message));
}

}  // namespace

base::Result<Placeholders> parse_placeholders(const dom::element* names, const dom::element* values,
                                              shardlog::Wording wording) {
    std::optional<std::vector<PlaceholderName>> read;
    if (names != nullptr) {
        read = read_names(*names);
    }
    if (values == nullptr) {
        return Placeholders::make(std::move(read), std::nullopt);
    }
    auto parsed = shardlog::parse_item(*values, wording);
    if (!parsed) {
        // What is no value is said in the older words by all calls.
        const bool older = wording == shardlog::Wording::Older ||
                           parsed.error().message.starts_with("Supplied AttributeValue ");
        if (parsed.error().code != Code::Invalid || !older) {
            return tl::unexpected<base::Error>(std::move(parsed).error());
        }
        return tl::unexpected<base::Error>(name_bad_value(*values, std::move(parsed).error()));
    }
    return Placeholders::make(std::move(read), std::move(*parsed));
}

base::Status check_parameters(std::span<const GivenParameter> expressions,
                              std::span<const GivenParameter> legacy, bool names_given,
                              bool values_given, shardlog::Wording wording) {
    const std::string used = listed(expressions);
    const std::string old = listed(legacy);
    if (!used.empty() && !old.empty()) {
        return fail(Code::Invalid,
                    "Can not use both expression and non-expression parameters in the same "
                    "request: Non-expression parameters: {" +
                        old + "} Expression parameters: {" + used + "}");
    }
    if (names_given && used.empty()) {
        return fail(Code::Invalid,
                    "ExpressionAttributeNames can only be specified when using expressions");
    }
    return values_given ? check_values_used(expressions, wording) : base::Status{};
}

base::Result<Placeholders> Placeholders::parse(const dom::element* names,
                                               const dom::element* values) {
    return parse_placeholders(names, values, shardlog::Wording::Older);
}

base::Status check_parameters(std::span<const GivenParameter> expressions,
                              std::span<const GivenParameter> legacy, bool names_given,
                              bool values_given) {
    return check_parameters(expressions, legacy, names_given, values_given,
                            shardlog::Wording::Older);
}

}  // namespace millbeck::capture::expression
