#include "runtime/api/request_token.hpp"

#include <algorithm>
#include <string>

#include <xxhash.h>

#include "shardlog/item.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;

// What says the same as its absence. No attribute value is a text, so no attribute is meant.
bool is_default(const dom::key_value_pair& entry) {
    std::string_view text;
    return entry.key == "ReturnValuesOnConditionCheckFailure" &&
           (entry.value.is_null() ||
            (entry.value.get_string().get(text) == simdjson::SUCCESS && text == "NONE"));
}

// As JSON with the members of all objects in byte order: the same content, the same text. The
// parser has a limit on how deep a document goes.
void append_ordered(std::string& out, dom::element element) {
    if (element.is_object()) {
        auto entries = entries_of(element);
        std::ranges::sort(entries, {}, &dom::key_value_pair::key);
        out += '{';
        for (const auto& entry : entries) {
            if (is_default(entry)) {
                continue;
            }
            shardlog::append_json_string(out, entry.key);
            out += ':';
            append_ordered(out, entry.value);
            out += ',';
        }
        out += '}';
    } else if (element.is_array()) {
        out += '[';
        for (const dom::element child : list_of(element)) {
            append_ordered(out, child);
            out += ',';
        }
        out += ']';
    } else {
        out += simdjson::minify(element);
    }
}

}  // namespace

TransactionToken::Hash hash_of(std::string_view text) {
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    return {hash.low64, hash.high64};
}

std::optional<TransactionToken> parse_request_token(const Fields& fields,
                                                    std::string_view content_member) {
    const std::string_view token = fields.text("ClientRequestToken");
    if (token.empty()) {
        return std::nullopt;
    }
    std::string content;
    append_ordered(content, *fields.find(content_member));
    return TransactionToken{hash_of(token), hash_of(content)};
}

}  // namespace millbeck::runtime
