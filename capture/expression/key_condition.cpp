#include "capture/expression/key_condition.hpp"

#include <algorithm>
#include <span>

#include "capture/expression/compare.hpp"
#include "capture/invalid_values.hpp"
#include "capture/key_check.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::AttributeType;

tl::unexpected<base::Error> refuse(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

const KeyTerm* find_term(const std::vector<KeyTerm>& terms, std::string_view attribute) {
    const auto found = std::find_if(terms.begin(), terms.end(), [&](const KeyTerm& term) {
        return term.attribute == attribute;
    });
    return found == terms.end() ? nullptr : &*found;
}

enum class KeySide { Hash, Range };

std::size_t bytes_of(std::string_view text) {
    const ValueView value(text);
    return value.type == AttributeType::N ? 0 : content_bytes(value);
}

// `before`: the values of the attributes before this one; all of a side have one limit.
Status check_size(std::string_view text, KeySide side, const std::vector<std::string>& before) {
    std::size_t bytes = bytes_of(text);
    for (const std::string& value : before) {
        bytes += bytes_of(value);
    }
    // The missing blank is the service's own.
    if (side == KeySide::Hash && bytes > kPartitionKeyBytesMax) {
        return refuse(std::string(kInvalidValues) +
                      "Size of hashkey has exceeded the maximum size limit of2048 bytes");
    }
    if (side == KeySide::Range && bytes > kSortKeyBytesMax) {
        return refuse(std::string(kInvalidValues) +
                      "Aggregated size of all range keys has exceeded the size limit of 1024 "
                      "bytes");
    }
    return {};
}

Status check_value(const KeyAttribute& key, std::string_view text, KeySide side,
                   const std::vector<std::string>& before) {
    const ValueView value(text);
    if (value.type != key.type) {
        return refuse(std::string(kInvalidValues) +
                      "Condition parameter type does not match schema type");
    }
    if (value.type != AttributeType::N && content_bytes(value) == 0) {
        return refuse(
            "One or more parameter values are not valid. The AttributeValue for a key "
            "attribute cannot contain an empty " +
            std::string(value.type == AttributeType::B ? "binary" : "string") +
            " value. Key: " + key.name);
    }
    return check_size(text, side, before);
}

SortRange range_of(const KeyTerm& term) {
    SortRange range;
    switch (term.op) {
        case KeyOperator::Less:
        case KeyOperator::LessOrEqual:
            range.high = KeyBound{term.first, term.op == KeyOperator::LessOrEqual};
            break;
        case KeyOperator::Greater:
        case KeyOperator::GreaterOrEqual:
            range.low = KeyBound{term.first, term.op == KeyOperator::GreaterOrEqual};
            break;
        case KeyOperator::Between:
            range.low = KeyBound{term.first, true};
            range.high = KeyBound{term.second, true};
            break;
        case KeyOperator::BeginsWith:
            range.prefix = term.first;
            break;
        case KeyOperator::Equal:
        case KeyOperator::NotIndexable:
            range.low = KeyBound{term.first, true};
            range.high = range.low;
            break;
    }
    return range;
}

Status check_indexable(const std::vector<KeyTerm>& terms) {
    const auto indexable = [](const KeyTerm& term) { return term.op != KeyOperator::NotIndexable; };
    return std::all_of(terms.begin(), terms.end(), indexable)
               ? Status{}
               : refuse("Attempted conditional constraint is not an indexable operation");
}

bool is_equal(const KeyTerm* term) {
    return term != nullptr && term->op == KeyOperator::Equal;
}

// The names of those attributes that no equality is for.
std::string without_equality(const std::vector<KeyTerm>& terms,
                             std::span<const KeyAttribute> keys) {
    std::string names;
    for (const KeyAttribute& key : keys) {
        if (!is_equal(find_term(terms, key.name))) {
            names.append(names.empty() ? "" : ", ").append(key.name);
        }
    }
    return names;
}

Status check_hashes(const std::vector<KeyTerm>& terms, const KeySchema& keys) {
    if (keys.has_single_attributes()) {
        const KeyTerm* hash = find_term(terms, keys.hash.name);
        if (hash == nullptr) {
            return refuse("Query condition missed key schema element: " + keys.hash.name);
        }
        return is_equal(hash) ? Status{} : refuse("Query key condition not supported");
    }
    const std::string missing = without_equality(terms, keys.hashes());
    return missing.empty() ? Status{}
                           : refuse("HASH key attributes " + missing +
                                    " must have equality conditions specified in the query");
}

// Requires: no more terms than key attributes, one for each HASH attribute.
Status check_known(const std::vector<KeyTerm>& terms, const KeySchema& keys,
                   std::span<const KeyAttribute> ranges) {
    const auto known = [&](const KeyTerm& term) { return keys.has(term.attribute); };
    if (std::all_of(terms.begin(), terms.end(), known)) {
        return {};
    }
    for (const KeyAttribute& range : ranges) {
        if (find_term(terms, range.name) == nullptr) {
            return refuse("Query condition missed key schema element: " + range.name);
        }
    }
    base::check_failed(__FILE__, __LINE__, "terms", "more than key attributes");
}

// How many RANGE attributes the terms are on: the first ones, all but the last by equality.
Result<std::size_t> count_ranges(const std::vector<KeyTerm>& terms,
                                 std::span<const KeyAttribute> ranges) {
    std::size_t count = ranges.size();
    while (count > 0 && find_term(terms, ranges[count - 1].name) == nullptr) {
        --count;
    }
    if (count < 2) {
        return count;
    }
    const std::string missing = without_equality(terms, ranges.first(count - 1));
    if (!missing.empty()) {
        return refuse("RANGE key attributes " + missing +
                      " must have equality conditions specified in the query because a condition "
                      "is present on key attribute " +
                      ranges[count - 1].name);
    }
    return count;
}

// Values of the first keys, which all have an equality.
Result<std::vector<std::string>> equal_values(const std::vector<KeyTerm>& terms,
                                              std::span<const KeyAttribute> keys, KeySide side) {
    std::vector<std::string> values;
    for (const KeyAttribute& key : keys) {
        const KeyTerm& term = *find_term(terms, key.name);
        MB_TRY_STATUS(check_value(key, term.first, side, values));
        values.push_back(term.first);
    }
    return values;
}

}  // namespace

Result<KeyCondition> fit_to_keys(const std::vector<KeyTerm>& terms, const KeySchema& keys) {
    const std::vector<KeyAttribute> hashes = keys.hashes();
    const std::vector<KeyAttribute> ranges = keys.ranges();
    if (terms.size() > hashes.size() + ranges.size()) {
        return refuse("The number of query conditions (" + std::to_string(terms.size()) +
                      ") exceeds the number of key attributes defined in the schema (" +
                      std::to_string(hashes.size() + ranges.size()) + ")");
    }
    MB_TRY_STATUS(check_indexable(terms));
    MB_TRY_STATUS(check_hashes(terms, keys));
    MB_TRY_STATUS(check_known(terms, keys, ranges));
    MB_TRY(const std::size_t count, count_ranges(terms, ranges));
    KeyCondition condition;
    MB_TRY(condition.hashes, equal_values(terms, hashes, KeySide::Hash));
    if (count == 0) {
        return condition;
    }
    const KeyAttribute& last = ranges[count - 1];
    MB_TRY(condition.equals,
           equal_values(terms, std::span(ranges).first(count - 1), KeySide::Range));
    const KeyTerm& term = *find_term(terms, last.name);
    MB_TRY_STATUS(check_value(last, term.first, KeySide::Range, condition.equals));
    if (term.op == KeyOperator::Between) {
        MB_TRY_STATUS(check_value(last, term.second, KeySide::Range, condition.equals));
    }
    if (term.op == KeyOperator::BeginsWith && last.type == AttributeType::N) {
        return refuse("Query key condition not supported");
    }
    condition.range = range_of(term);
    return condition;
}

bool SortRange::contains(std::string_view value) const {
    const ValueView view(value);
    if (!prefix.empty()) {
        return begins_with(view, ValueView(prefix));
    }
    const auto inside = [&](const std::optional<KeyBound>& bound, int side) {
        if (!bound) {
            return true;
        }
        const int order = order_values(view, ValueView(bound->value)) * side;
        return order > 0 || (order == 0 && bound->inclusive);
    };
    return inside(low, 1) && inside(high, -1);
}

}  // namespace millbeck::capture::expression
