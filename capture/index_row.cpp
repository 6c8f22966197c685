#include "capture/index_row.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "capture/expression/item_text.hpp"
#include "capture/row_key.hpp"
#include "shardlog/number.hpp"

namespace millbeck::capture {
namespace {

using expression::Member;
using expression::MemberScan;
using expression::ValueView;
using shardlog::AttributeType;

constexpr char kEscaped = '\xFF';  // behind a 0x00 of the content
constexpr char kEnd = '\x01';      // behind the 0x00 that ends it

void add_keys(std::vector<std::string>& names, const KeySchema& keys) {
    const auto attributes = keys.attributes();
    names.reserve(names.size() + attributes.size());
    for (const KeyAttribute& key : attributes) {
        names.push_back(escaped_name(key.name));
    }
}

std::vector<SpelledKey> spell(const std::vector<KeyAttribute>& attributes) {
    std::vector<SpelledKey> spelled;
    spelled.reserve(attributes.size());
    for (const KeyAttribute& key : attributes) {
        spelled.push_back({key, escaped_name(key.name)});
    }
    return spelled;
}

void sort_unique(std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

bool contains(std::span<const std::string> names, std::string_view name) {
    return std::binary_search(names.begin(), names.end(), name, std::less<>());
}

// Of an escaped name, as UTF-8.
std::uint32_t name_bytes(std::string_view name) {
    if (name.find('\\') == std::string_view::npos) {
        return static_cast<std::uint32_t>(name.size());
    }
    const std::string quoted = R"({"S":")" + std::string(name) + R"("})";
    return static_cast<std::uint32_t>(expression::content_bytes(ValueView(quoted)));
}

using KeyValues = std::array<KeyValue, kAttributesOfTypeMax>;

// False: an item without one of the key attributes, or with one of another type, has no entry.
bool find_values(KeyValues& values, std::string_view item, const std::vector<SpelledKey>& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const KeyAttribute& key = keys[i].key;
        const std::string_view text = expression::find_member(item, {key.name, keys[i].spelled});
        if (text.empty() || ValueView(text).type != key.type) {
            return false;
        }
        values[i] = {key.type, text};
    }
    return true;
}

}  // namespace

std::string escaped_name(std::string_view name) {
    std::string text;
    shardlog::append_json_string(text, name);
    return text.substr(1, text.size() - 2);
}

IndexPlan::IndexPlan(const IndexSpec& spec, shardlog::TableId id, const KeySchema& table_keys)
    : id_(id),
      name_(spec.name),
      keys_(spec.keys),
      hashes_(spell(keys_.hashes())),
      ranges_(spell(keys_.ranges())),
      kind_(spec.kind),
      all_(spec.projection == IndexProjection::All) {
    add_keys(key_names_, table_keys);
    add_keys(key_names_, spec.keys);
    sort_unique(key_names_);
    if (!all_) {
        names_ = key_names_;
        for (const std::string& name : spec.included) {
            names_.push_back(escaped_name(name));
        }
        sort_unique(names_);
    }
}

IndexPlan::IndexPlan(const TimeToLive& time_to_live, const KeySchema& table_keys)
    : id_(time_to_live.index),
      keys_{.hash = {time_to_live.attribute, AttributeType::N}, .range = {}},
      hashes_(spell(keys_.hashes())),
      kind_(IndexKind::Expiry),
      all_(false) {
    add_keys(key_names_, table_keys);
    sort_unique(key_names_);
    names_ = key_names_;
}

bool IndexPlan::holds(std::string_view attribute) const {
    return all_ || contains(names_, escaped_name(attribute));
}

ItemPart part_of(std::string_view item, std::span<const std::string> names) {
    ItemPart part{"{", 0};
    MemberScan members(item);
    Member member;
    while (members.next(member)) {
        if (!contains(names, member.name)) {
            continue;
        }
        part.text.append(part.text.size() > 1 ? "," : "")
            .append(item.substr(member.begin, member.end - member.begin));
        const ValueView value(item.substr(member.value_begin, member.end - member.value_begin));
        part.size_bytes += expression::value_size_bytes(value) + name_bytes(member.name);
    }
    part.text.push_back('}');
    return part;
}

shardlog::ItemView entry_of(const IndexPlan& index, const shardlog::ItemView& item,
                            std::string& room) {
    if (index.holds_all()) {
        return item;
    }
    ItemPart part = part_of(item.text, index.names());
    room = std::move(part.text);
    return {room, part.size_bytes};
}

void append_index_sort_prefix(std::string& out, const KeyAttribute& range,
                              std::string_view value_text) {
    for (const char byte : shardlog::scalar_content(value_text, range.type)) {
        out.push_back(byte);
        if (byte == '\0') {
            out.push_back(kEscaped);
        }
    }
}

void append_index_sort_key(std::string& out, const KeyAttribute& range,
                           std::string_view value_text) {
    if (range.type == AttributeType::N) {
        shardlog::append_sortable_number(out, shardlog::scalar_content(value_text, range.type));
        return;
    }
    append_index_sort_prefix(out, range, value_text);
    out.push_back('\0');
    out.push_back(kEnd);
}

void append_expiry(std::string& out, shardlog::TableId index, std::string_view seconds) {
    append_table_prefix(out, index);
    shardlog::append_sortable_number(out, seconds);
}

bool append_index_key(std::string& out, const IndexPlan& index, std::string_view item,
                      std::string_view row_key) {
    KeyValues hashes;
    KeyValues ranges;
    if (!find_values(hashes, item, index.hashes()) || !find_values(ranges, item, index.ranges())) {
        return false;
    }
    if (index.kind() == IndexKind::Expiry) {
        append_expiry(out, index.id(), expression::content_of(ValueView(hashes[0].text)));
        out.append(row_key);
        return true;
    }
    append_table_prefix(out, index.id());
    append_partition_key(out, {hashes.data(), index.hashes().size()});
    for (std::size_t i = 0; i < index.ranges().size(); ++i) {
        append_index_sort_key(out, index.ranges()[i].key, ranges[i].text);
    }
    out.append(row_key);
    return true;
}

}  // namespace millbeck::capture
