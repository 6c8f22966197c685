#include "capture/index_key_check.hpp"

#include <string>

#include "capture/expression/item_text.hpp"
#include "capture/key_check.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Status;
using expression::ValueView;
using shardlog::AttributeType;

// One key attribute of an index and what an item has for it.
struct IndexKey {
    const IndexPlan& index;
    const KeyAttribute& key;
    std::size_t bytes_max;     // of all key attributes of its type
    std::size_t bytes_before;  // of those before it
    ValueView value;
};

std::size_t bytes_of(const ValueView& value) {
    return value.type == AttributeType::N ? 0 : expression::content_bytes(value);
}

Status check_type(const IndexKey& checked, IndexKeySource source) {
    if (checked.value.type == checked.key.type) {
        return {};
    }
    if (source == IndexKeySource::Update) {
        return fail(Code::Invalid,
                    "The update expression attempted to update the secondary index key to "
                    "unsupported type");
    }
    return fail(Code::Invalid,
                "One or more parameter values were invalid: Type mismatch for Index Key " +
                    checked.key.name + " Expected: " + std::string(to_string(checked.key.type)) +
                    " Actual: " + std::string(to_string(checked.value.type)) +
                    " IndexName: " + checked.index.name());
}

// Requires: the type is right.
Status check_not_empty(const IndexKey& checked, IndexKeySource source) {
    if (checked.value.type == AttributeType::N || expression::content_bytes(checked.value) > 0) {
        return {};
    }
    std::string message = "One or more parameter values are not valid. ";
    message += source == IndexKeySource::Update
                   ? "The update expression attempted to update a secondary index key to a value "
                     "that is not supported. "
                   : "A value specified for a secondary index key is not supported. ";
    message += "The AttributeValue for a key attribute cannot contain an empty ";
    message += checked.value.type == AttributeType::B ? "binary value." : "string value.";
    if (source == IndexKeySource::Item) {
        message += " IndexName: " + checked.index.name() + ", IndexKey: " + checked.key.name;
    }
    return fail(Code::Invalid, std::move(message));
}

// Requires: the type is right. Source of the update's text: API_TransactWriteItems, Errors.
Status check_size(const IndexKey& checked, IndexKeySource source) {
    if (checked.value.type == AttributeType::N ||
        checked.bytes_before + expression::content_bytes(checked.value) <= checked.bytes_max) {
        return {};
    }
    if (source == IndexKeySource::Update) {
        return fail(Code::Invalid,
                    "The update expression attempted to update the secondary index key beyond "
                    "allowed size limits");
    }
    const bool hash = checked.bytes_max == kPartitionKeyBytesMax;
    return fail(Code::Invalid,
                std::string("One or more parameter values were invalid: ") +
                    (hash ? "Size of hashkey has exceeded the maximum size limit of2048 bytes"
                          : "Aggregated size of all range keys has exceeded the size limit of "
                            "1024 bytes"));
}

// Calls `check` for each of the key attributes that the item has, until one fails.
template <typename Check>
Status for_keys(const IndexPlan& index, const std::vector<SpelledKey>& keys, std::size_t bytes_max,
                std::string_view item, Check check) {
    std::size_t bytes = 0;
    for (const SpelledKey& each : keys) {
        const std::string_view text = expression::find_member(item, {each.key.name, each.spelled});
        if (!text.empty()) {
            const IndexKey key{index, each.key, bytes_max, bytes, ValueView(text)};
            MB_TRY_STATUS(check(key));
            bytes += bytes_of(key.value);
        }
    }
    return {};
}

template <typename Check>
Status for_each_key(std::span<const IndexPlan> indexes, std::string_view item, Check check) {
    for (const IndexPlan& index : indexes) {
        if (index.kind() == IndexKind::Expiry) {
            continue;  // an item whose attribute is no number never expires
        }
        MB_TRY_STATUS(for_keys(index, index.hashes(), kPartitionKeyBytesMax, item, check));
        MB_TRY_STATUS(for_keys(index, index.ranges(), kSortKeyBytesMax, item, check));
    }
    return {};
}

}  // namespace

Status check_index_keys(std::span<const IndexPlan> indexes, std::string_view item,
                        IndexKeySource source) {
    return for_each_key(indexes, item, [&](const IndexKey& checked) -> Status {
        MB_TRY_STATUS(check_type(checked, source));
        MB_TRY_STATUS(check_not_empty(checked, source));
        return check_size(checked, source);
    });
}

Status check_no_empty_index_keys(std::span<const IndexPlan> indexes, std::string_view item) {
    return for_each_key(indexes, item, [](const IndexKey& checked) -> Status {
        return checked.value.type == checked.key.type
                   ? check_not_empty(checked, IndexKeySource::Item)
                   : Status{};
    });
}

}  // namespace millbeck::capture
