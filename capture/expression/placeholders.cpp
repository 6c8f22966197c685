#include "capture/expression/placeholders.hpp"

#include <algorithm>

#include "capture/java_hash_order.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Code;
using base::fail;
using base::Status;

constexpr std::string_view kNames = "ExpressionAttributeNames";
constexpr std::string_view kValues = "ExpressionAttributeValues";

tl::unexpected<base::Error> invalid(std::string_view parameter, std::string_view message) {
    return fail(Code::Invalid, std::string(parameter).append(message));
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

Status check_key(std::string_view parameter, std::string_view key, char sigil) {
    if (key.size() > kPlaceholderBytesMax) {
        return invalid(parameter,
                       " contains invalid key: The expression attribute map contains a key that "
                       "is too long; size of key: " +
                           std::to_string(key.size()));
    }
    if (key.size() < 2 || key[0] != sigil || !std::all_of(key.begin() + 1, key.end(), is_word)) {
        return invalid(parameter,
                       " contains invalid key: Syntax error; key: \"" + std::string(key) + "\"");
    }
    return {};
}

Status check_name(const PlaceholderName& name) {
    std::string_view complaint;
    if (name.name.empty()) {
        complaint = "Empty attribute name";
    } else if (name.name.size() > shardlog::kAttributeNameBytesMax) {
        complaint = "Attribute name is too large, must be less than 65536 bytes";
    } else {
        return {};
    }
    return invalid(kNames, std::string(" contains invalid value: ")
                               .append(complaint)
                               .append(" for key ")
                               .append(name.key));
}

// Several keys are listed as the service's hash set holds them, which is made for all keys given.
std::size_t bucket_of(std::string_view key, std::size_t keys) {
    std::size_t buckets = 16;
    while (buckets < keys + keys / 3 + 1) {
        buckets *= 2;
    }
    return java_bucket(key, buckets);
}

Status refuse_unused(std::string_view parameter, std::vector<std::string_view> unused,
                     std::size_t keys) {
    if (unused.empty()) {
        return {};
    }
    std::stable_sort(unused.begin(), unused.end(), [keys](std::string_view a, std::string_view b) {
        return bucket_of(a, keys) < bucket_of(b, keys);
    });
    return fail(Code::Invalid, std::string("Value provided in ")
                                   .append(parameter)
                                   .append(" unused in expressions: keys: {")
                                   .append(join_names(unused))
                                   .append("}"));
}

std::string_view key_of(const shardlog::Item& values, const shardlog::Item::Attribute& value) {
    return std::string_view(values.text())
        .substr(value.name_begin, value.name_end - value.name_begin);
}

std::string escaped(std::string_view name) {
    std::string text;
    shardlog::append_json_string(text, name);
    return text.substr(1, text.size() - 2);
}

base::Result<std::size_t> take_names(std::vector<PlaceholderName> names, PlaceholderTable& table) {
    if (names.empty()) {
        return invalid(kNames, " must not be empty");
    }
    std::size_t bytes = 0;
    for (const PlaceholderName& name : names) {
        MB_TRY_STATUS(check_key(kNames, name.key, '#'));
    }
    for (PlaceholderName& name : names) {
        MB_TRY_STATUS(check_name(name));
        bytes += name.key.size() + name.name.size();
        std::string in_json = escaped(name.name);
        table.names.push_back({std::move(name.key), std::move(name.name), std::move(in_json)});
    }
    std::sort(table.names.begin(), table.names.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    return bytes;
}

Status check_values(const shardlog::Item& values) {
    if (values.empty()) {
        return invalid(kValues, " must not be empty");
    }
    for (const shardlog::Item::Attribute& value : values.attributes()) {
        MB_TRY_STATUS(check_key(kValues, key_of(values, value), ':'));
    }
    return {};
}

}  // namespace

std::optional<std::uint32_t> PlaceholderTable::find_name(std::string_view key) const {
    const auto found = std::lower_bound(
        names.begin(), names.end(), key,
        [](const Name& name, std::string_view wanted) { return name.key < wanted; });
    if (found == names.end() || found->key != key) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(found - names.begin());
}

std::optional<std::uint32_t> PlaceholderTable::find_value(std::string_view key) const {
    const auto& attributes = values.attributes();
    const auto found =
        std::lower_bound(attributes.begin(), attributes.end(), key,
                         [this](const shardlog::Item::Attribute& value, std::string_view wanted) {
                             return key_of(values, value) < wanted;
                         });
    if (found == attributes.end() || key_of(values, *found) != key) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(found - attributes.begin());
}

Placeholders::Placeholders() : table_(std::make_shared<const PlaceholderTable>()) {}

Placeholders::Placeholders(std::shared_ptr<const PlaceholderTable> table)
    : table_(std::move(table)),
      used_names_(table_->names.size()),
      used_values_(table_->values.attributes().size()) {}

base::Result<Placeholders> Placeholders::make(std::optional<std::vector<PlaceholderName>> names,
                                              std::optional<shardlog::Item> values) {
    auto table = std::make_shared<PlaceholderTable>();
    std::size_t bytes = 0;
    if (names) {
        MB_TRY(bytes, take_names(std::move(*names), *table));
    }
    if (values) {
        MB_TRY_STATUS(check_values(*values));
        bytes += values->size_bytes();
        table->values = std::move(*values);
    }
    if (bytes > kPlaceholdersBytesMax) {
        return fail(Code::Invalid,
                    "Size of ExpressionAttributeNames and ExpressionAttributeValues exceeds the "
                    "maximum allowed size of 2 MB");
    }
    return Placeholders(std::move(table));
}

Status Placeholders::check_all_used() const {
    std::vector<std::string_view> unused;
    for (std::size_t i = 0; i < used_names_.size(); ++i) {
        if (used_names_[i] == 0) {
            unused.emplace_back(table_->names[i].key);
        }
    }
    MB_TRY_STATUS(refuse_unused(kNames, std::move(unused), used_names_.size()));
    unused.clear();
    for (std::size_t i = 0; i < used_values_.size(); ++i) {
        if (used_values_[i] == 0) {
            unused.push_back(key_of(table_->values, table_->values.attributes()[i]));
        }
    }
    return refuse_unused(kValues, std::move(unused), used_values_.size());
}

}  // namespace millbeck::capture::expression
