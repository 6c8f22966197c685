#include "capture/index_row.hpp"

#include <algorithm>
#include <functional>
#include <optional>
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
    names.push_back(escaped_name(keys.hash.name));
    if (keys.range) {
        names.push_back(escaped_name(keys.range->name));
    }
}

void sort_unique(std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

bool contains(std::span<const std::string> names, std::string_view name) {
    return std::binary_search(names.begin(), names.end(), name, std::less<>());
}

ValueView find(std::string_view item, const KeyAttribute& key, const std::string& spelled) {
    const std::string_view text = expression::find_member(item, {key.name, spelled});
    return text.empty() ? ValueView() : ValueView(text);
}

// Of an escaped name, as UTF-8.
std::uint32_t name_bytes(std::string_view name) {
    if (name.find('\\') == std::string_view::npos) {
        return static_cast<std::uint32_t>(name.size());
    }
    const std::string quoted = R"({"S":")" + std::string(name) + R"("})";
    return static_cast<std::uint32_t>(expression::content_bytes(ValueView(quoted)));
}

// Absent: an item without this key attribute has no entry.
std::optional<ValueView> key_value(std::string_view item, const KeyAttribute& key,
                                   const std::string& spelled) {
    const ValueView value = find(item, key, spelled);
    if (!value.present() || value.type != key.type) {
        return std::nullopt;
    }
    return value;
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
      hash_name_(escaped_name(spec.keys.hash.name)),
      range_name_(spec.keys.range ? escaped_name(spec.keys.range->name) : ""),
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
      hash_name_(escaped_name(time_to_live.attribute)),
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
    const auto hash = key_value(item, index.keys().hash, index.hash_name());
    const auto& range = index.keys().range;
    const auto sort = range ? key_value(item, *range, index.range_name()) : std::nullopt;
    if (!hash || (range && !sort)) {
        return false;
    }
    if (index.kind() == IndexKind::Expiry) {
        append_expiry(out, index.id(), expression::content_of(*hash));
        out.append(row_key);
        return true;
    }
    append_table_prefix(out, index.id());
    append_partition_key(out, index.keys().hash, hash->text);
    if (range) {
        append_index_sort_key(out, *range, sort->text);
    }
    out.append(row_key);
    return true;
}

}  // namespace millbeck::capture
