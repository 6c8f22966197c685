#include <string>
#include <utility>

#include "capture/page_reader.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using expression::KeyCondition;

tl::unexpected<base::Error> invalid(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

bool has_value(const shardlog::Item& start, const KeyAttribute& key, std::string_view value) {
    const shardlog::Item::Attribute* attribute = start.find(key.name);
    return attribute != nullptr && start.value_text(*attribute) == value;
}

// Whether the start lies in what a condition says of the sort keys.
bool is_in_range(const shardlog::Item& start, const std::vector<KeyAttribute>& ranges,
                 const KeyCondition& condition) {
    for (std::size_t i = 0; i < condition.equals.size(); ++i) {
        if (!has_value(start, ranges[i], condition.equals[i])) {
            return false;
        }
    }
    if (!condition.range) {
        return true;
    }
    const auto* last = start.find(ranges[condition.equals.size()].name);
    return condition.range->contains(start.value_text(*last));
}

// Why no page of this Query ends with this key. The service looks at the HASH attributes but the
// last, then at the RANGE attributes, then at the last HASH attribute.
Status check_start(const KeySpace& space, const shardlog::Item& start,
                   const KeyCondition& condition) {
    const std::vector<KeyAttribute> hashes = space.keys().hashes();
    for (std::size_t i = 0; i + 1 < hashes.size(); ++i) {
        if (!has_value(start, hashes[i], condition.hashes[i])) {
            return invalid("The query can return at most one row and cannot be restarted");
        }
    }
    if (!is_in_range(start, space.keys().ranges(), condition)) {
        return invalid("The provided starting key does not match the range key predicate");
    }
    if (has_value(start, hashes.back(), condition.hashes.back())) {
        return {};
    }
    if (condition.range) {
        return invalid("The query can return at most one row and cannot be restarted");
    }
    if (space.index() == nullptr && !space.keys().range) {
        return invalid("The provided exclusive start key is invalid");
    }
    return invalid(
        "The provided starting key is outside query boundaries based on provided conditions");
}

void cut(ItemRange& range, std::string start) {
    if (range.order == Order::Ascending) {
        range.begin = KeySpace::behind(std::move(start));
    } else {
        range.end = std::move(start);
    }
}

Result<ItemRange> query_range(const KeySpace& space, const PageRequest& request) {
    MB_TRY(const KeyCondition condition, expression::fit_to_keys(*request.terms, space.keys()));
    ItemRange range = space.matching(condition);
    range.order = request.order;
    if (request.start_after) {
        auto start = space.key_of(*request.start_after);
        if (!start) {
            return invalid("The provided starting key is invalid");
        }
        MB_TRY_STATUS(check_start(space, *request.start_after, condition));
        cut(range, *std::move(start));
    }
    return range;
}

// Source: the texts of API_Scan for ExclusiveStartKey.
Result<ItemRange> scan_range(const KeySpace& space, const PageRequest& request) {
    ItemRange range = space.segment(request.segment);
    if (request.start_after) {
        auto found = space.key_of(*request.start_after);
        if (!found) {
            return invalid("The provided starting key is invalid");
        }
        std::string start = *std::move(found);
        if (start < range.begin || start >= range.end) {
            return invalid(
                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                "ExclusiveStartKey with correct Segment. TotalSegments: " +
                std::to_string(request.segment.total) +
                " Segment: " + std::to_string(request.segment.index));
        }
        cut(range, std::move(start));
    }
    return range;
}

}  // namespace

Result<ItemRange> page_range(const KeySpace& space, const PageRequest& request) {
    return request.terms ? query_range(space, request) : scan_range(space, request);
}

}  // namespace millbeck::capture
