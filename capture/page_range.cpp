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

Result<ItemRange> query_range(const KeySpace& space, const PageRequest& request) {
    MB_TRY(const KeyCondition condition, expression::fit_to_keys(*request.terms, space.keys()));
    ItemRange range = condition.range ? space.sorted(condition.hash, *condition.range)
                                      : space.partition(condition.hash);
    range.order = request.order;
    return range;
}

// Source: the texts of API_Query and API_Scan for ExclusiveStartKey.
tl::unexpected<base::Error> outside(const KeySpace& space, const PageRequest& request,
                                    const std::string& key) {
    if (!request.terms) {
        return fail(Code::Invalid,
                    "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                    "ExclusiveStartKey with correct Segment. TotalSegments: " +
                        std::to_string(request.segment.total) +
                        " Segment: " + std::to_string(request.segment.index));
    }
    const auto condition = expression::fit_to_keys(*request.terms, space.keys());
    const bool same_partition = key.starts_with(space.partition(condition->hash).begin);
    return fail(Code::Invalid, same_partition
                                   ? "The provided starting key does not match the range key "
                                     "predicate"
                                   : "The provided starting key is outside query boundaries based "
                                     "on provided conditions");
}

Status start_behind(const KeySpace& space, const PageRequest& request, ItemRange& range) {
    auto whole = space.key_of(*request.start_after);
    if (!whole) {
        // A Query says less than a Scan.
        return request.terms ? fail(Code::Invalid, "The provided starting key is invalid")
                             : tl::unexpected(std::move(whole).error());
    }
    std::string key = std::move(*whole);
    if (request.terms && space.index() == nullptr && !space.keys().range) {
        return fail(Code::Invalid, "The query can return at most one row and cannot be restarted");
    }
    if (key < range.begin || key >= range.end) {
        return outside(space, request, key);
    }
    if (range.order == Order::Ascending) {
        range.begin = KeySpace::behind(std::move(key));
    } else {
        range.end = std::move(key);
    }
    return {};
}

}  // namespace

Result<ItemRange> page_range(const KeySpace& space, const PageRequest& request) {
    ItemRange range;
    if (request.terms) {
        MB_TRY(range, query_range(space, request));
    } else {
        range = space.segment(request.segment);
    }
    if (request.start_after) {
        MB_TRY_STATUS(start_behind(space, request, range));
    }
    return range;
}

}  // namespace millbeck::capture
