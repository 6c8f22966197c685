#include "capture/key_space.hpp"

#include <algorithm>
#include <utility>

#include "capture/key_check.hpp"
#include "capture/row_key.hpp"

namespace millbeck::capture {

using base::Code;
using base::fail;
using base::Result;
using expression::SortRange;

Result<KeySpace> KeySpace::find(const TableEntry& table, const std::optional<std::string>& index) {
    if (!index) {
        return KeySpace(table, nullptr);
    }
    for (std::size_t i = 0; i < table.indexes.size(); ++i) {
        if (table.indexes[i].name() != *index) {
            continue;
        }
        if (table.description.indexes[i].status == IndexStatus::Creating) {
            return fail(Code::Invalid,
                        "Cannot read from backfilling global secondary index: " + *index);
        }
        return KeySpace(table, &table.indexes[i]);
    }
    return fail(Code::Invalid, "The table does not have the specified index: " + *index);
}

const KeySchema& KeySpace::keys() const {
    return index_ != nullptr ? index_->keys() : table_->description.spec.keys;
}

shardlog::TableId KeySpace::id() const {
    return index_ != nullptr ? index_->id() : table_->description.id;
}

std::string KeySpace::behind(std::string key) {
    key.push_back('\0');
    return key;
}

std::string KeySpace::with_sort_key(std::string key, const KeyAttribute& range,
                                    std::string_view value) const {
    if (index_ != nullptr) {
        append_index_sort_key(key, range, value);
    } else {
        append_sort_key(key, range, value);
    }
    return key;
}

std::string KeySpace::with_sort_prefix(std::string key, const KeyAttribute& range,
                                       std::string_view value) const {
    if (index_ != nullptr) {
        append_index_sort_prefix(key, range, value);
    } else {
        append_sort_key(key, range, value);
    }
    return key;
}

std::string KeySpace::behind_sort_key(std::string key) const {
    return index_ != nullptr ? end_of_prefix(std::move(key)) : behind(std::move(key));
}

ItemRange KeySpace::partition(std::span<const std::string> hash_values) const {
    const std::vector<KeyAttribute> hashes = keys().hashes();
    std::vector<KeyValue> values;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        values.push_back({hashes[i].type, hash_values[i]});
    }
    ItemRange range;
    append_table_prefix(range.begin, id());
    append_partition_key(range.begin, values);
    // A table without sort keys has one key in a partition; a text of 0xFF alone is no prefix.
    range.end =
        index_ != nullptr || keys().range ? end_of_prefix(range.begin) : behind(range.begin);
    return range;
}

ItemRange KeySpace::matching(const expression::KeyCondition& condition) const {
    ItemRange found = partition(condition.hashes);
    if (!condition.range) {
        return found;
    }
    const std::vector<KeyAttribute> ranges = keys().ranges();
    const std::size_t last = condition.equals.size();
    std::string before = found.begin;  // of the attribute the range is of
    for (std::size_t i = 0; i < last; ++i) {
        before = with_sort_key(std::move(before), ranges[i], condition.equals[i]);
    }
    found.begin = before;
    found.end = end_of_prefix(before);
    const SortRange& range = *condition.range;
    if (!range.prefix.empty()) {
        found.begin = with_sort_prefix(before, ranges[last], range.prefix);
        found.end = end_of_prefix(found.begin);
    }
    if (range.low) {
        std::string low = with_sort_key(before, ranges[last], range.low->value);
        low = range.low->inclusive ? std::move(low) : behind_sort_key(std::move(low));
        found.begin = std::max(found.begin, low);
    }
    if (range.high) {
        std::string high = with_sort_key(before, ranges[last], range.high->value);
        high = range.high->inclusive ? behind_sort_key(std::move(high)) : std::move(high);
        found.end = std::min(found.end, high);
    }
    return found;
}

// Hashes of segment i of n: from ceil(i * 2^64 / n) on.
std::string KeySpace::segment_begin(std::uint32_t index, std::uint32_t total) const {
    std::string key;
    if (index == total) {
        append_table_prefix(key, shardlog::TableId{id().value() + 1});
        return key;
    }
    __extension__ using Wide = unsigned __int128;
    constexpr unsigned kHashBits = 64;
    const Wide scaled = ((Wide{index} << kHashBits) + total - 1) / total;
    append_table_prefix(key, id());
    append_hash(key, static_cast<std::uint64_t>(scaled));
    return key;
}

ItemRange KeySpace::segment(const ScanSegment& segment) const {
    ItemRange range;
    range.begin = segment_begin(segment.index, segment.total);
    range.end = segment_begin(segment.index + 1, segment.total);
    range.cached = false;
    return range;
}

Result<std::string> KeySpace::key_of(const shardlog::Item& start) const {
    const KeySchema& schema = table_->description.spec.keys;
    const auto invalid = fail(Code::Invalid, "The provided starting key is invalid");
    std::string key;
    if (index_ == nullptr) {
        if (!check_key(schema, start)) {
            return invalid;
        }
        append_table_prefix(key, id());
        append_row_key(key, schema, start);
        return key;
    }
    const bool exact = start.attributes().size() == index_->key_names().size();
    std::string row_key;
    if (!exact || !check_item(schema, start)) {
        return invalid;
    }
    append_row_key(row_key, schema, start);
    if (!append_index_key(key, *index_, start.text(), row_key)) {
        return invalid;
    }
    return key;
}

std::string KeySpace::keys_of(std::string_view item) const {
    if (index_ != nullptr) {
        return part_of(item, index_->key_names()).text;
    }
    std::vector<std::string> names;
    for (const KeyAttribute& key : keys().attributes()) {
        names.push_back(escaped_name(key.name));
    }
    std::sort(names.begin(), names.end());
    return part_of(item, names).text;
}

}  // namespace millbeck::capture
