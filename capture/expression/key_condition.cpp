#include "capture/expression/key_condition.hpp"

#include <algorithm>

#include "capture/expression/compare.hpp"
#include "capture/key_check.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::AttributeType;

constexpr std::string_view kInvalidValues = "One or more parameter values were invalid: ";

tl::unexpected<base::Error> refuse(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

const KeyTerm* find_term(const std::vector<KeyTerm>& terms, std::string_view attribute) {
    const auto found = std::find_if(terms.begin(), terms.end(), [&](const KeyTerm& term) {
        return term.attribute == attribute;
    });
    return found == terms.end() ? nullptr : &*found;
}

Status check_value(const KeyAttribute& key, std::string_view text, bool is_hash) {
    const ValueView value(text);
    if (value.type != key.type) {
        return refuse(std::string(kInvalidValues) +
                      "Condition parameter type does not match schema type");
    }
    if (value.type == AttributeType::N) {
        return {};
    }
    const std::size_t bytes = content_bytes(value);
    if (bytes == 0) {
        return refuse(
            "One or more parameter values are not valid. The AttributeValue for a key "
            "attribute cannot contain an empty " +
            std::string(value.type == AttributeType::B ? "binary" : "string") +
            " value. Key: " + key.name);
    }
    // The missing blank is the service's own.
    if (is_hash && bytes > kPartitionKeyBytesMax) {
        return refuse(std::string(kInvalidValues) +
                      "Size of hashkey has exceeded the maximum size limit of2048 bytes");
    }
    if (!is_hash && bytes > kSortKeyBytesMax) {
        return refuse(std::string(kInvalidValues) +
                      "Aggregated size of all range keys has exceeded the size limit of 1024 "
                      "bytes");
    }
    return {};
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

Status check_operators(const std::vector<KeyTerm>& terms, const KeyTerm& hash) {
    for (const KeyTerm& term : terms) {
        if (term.op == KeyOperator::NotIndexable) {
            return refuse("Attempted conditional constraint is not an indexable operation");
        }
    }
    return hash.op == KeyOperator::Equal ? Status{} : refuse("Query key condition not supported");
}

}  // namespace

Result<KeyCondition> fit_to_keys(const std::vector<KeyTerm>& terms, const KeySchema& keys) {
    const KeyTerm* hash = find_term(terms, keys.hash.name);
    if (hash == nullptr) {
        return refuse("Query condition missed key schema element: " + keys.hash.name);
    }
    const KeyTerm* range = keys.range ? find_term(terms, keys.range->name) : nullptr;
    if (terms.size() > 1 && keys.range && range == nullptr) {
        return refuse("Query condition missed key schema element: " + keys.range->name);
    }
    MB_TRY_STATUS(check_operators(terms, *hash));
    if (terms.size() > 1 && !keys.range) {
        return refuse("Query key condition not supported");
    }
    MB_TRY_STATUS(check_value(keys.hash, hash->first, true));
    KeyCondition condition{hash->first, std::nullopt};
    if (range == nullptr) {
        return condition;
    }
    MB_TRY_STATUS(check_value(*keys.range, range->first, false));
    if (range->op == KeyOperator::Between) {
        MB_TRY_STATUS(check_value(*keys.range, range->second, false));
    }
    if (range->op == KeyOperator::BeginsWith && keys.range->type == AttributeType::N) {
        return refuse("Query key condition not supported");
    }
    condition.range = range_of(*range);
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
