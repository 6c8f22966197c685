#include "runtime/api/parameter_numbers.hpp"

#include <array>
#include <limits>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "shardlog/item.hpp"
#include "shardlog/number.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using base::Status;
using shardlog::NumberFault;

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();

tl::unexpected<base::Error> unconvertible(std::string_view text) {
    std::string message = "The parameter cannot be converted to a numeric value";
    return base::fail(Code::Invalid, text.empty() ? message : message.append(": ").append(text));
}

// The digits of a number and the places it is shifted by, as BigDecimal keeps them.
struct Shape {
    std::int64_t precision = 0;  // digits but for leading zeros, at least 1
    std::int64_t exponent = 0;
    std::int64_t scale = 0;  // digits behind the point less the exponent
};

// Requires: it is written as a number.
Shape shape_of(std::string_view text) {
    Shape shape;
    bool fraction = false;
    std::size_t at = 0;
    for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
        fraction = fraction || text[at] == '.';
        if (text[at] >= '0' && text[at] <= '9') {
            shape.precision += shape.precision > 0 || text[at] != '0' ? 1 : 0;
            shape.scale += fraction ? 1 : 0;
        }
    }
    const bool negative = at + 1 < text.size() && text[at + 1] == '-';
    for (; at < text.size(); ++at) {
        if (text[at] >= '0' && text[at] <= '9' && shape.exponent <= kMost + 1) {
            shape.exponent = shape.exponent * 10 + (text[at] - '0');
        }
    }
    shape.exponent = negative ? -shape.exponent : shape.exponent;
    shape.scale -= shape.exponent;
    shape.precision = shape.precision == 0 ? 1 : shape.precision;
    return shape;
}

Status check_number(dom::element number) {
    std::string_view text;
    if (number.get_string().get(text) != simdjson::SUCCESS) {
        return {};  // the parser of values says so
    }
    std::array<char, shardlog::kNumberTextBytesMax> canonical{};
    auto fault = NumberFault::None;
    shardlog::write_canonical_number(canonical.data(), text, fault);
    if (fault == NumberFault::NotNumeric) {
        return unconvertible(text);
    }
    if (fault == NumberFault::None) {
        return {};
    }
    const Shape shape = shape_of(text);
    if (shape.exponent > kMost || shape.exponent < kLeast || shape.scale > kMost ||
        shape.scale < kLeast) {
        return unconvertible(text);
    }
    // The service's sum of 32 bits turns negative.
    return shape.precision - shape.scale > kMost
               ? base::fail(Code::Invalid,
                            shardlog::number_fault_message(NumberFault::Underflow, text))
               : Status{};
}

// Recursion ends at the limit of nesting.
Status check_value(dom::element value, int level) {
    dom::object members;
    if (level > shardlog::kNestingLevelsMax) {
        return base::fail(Code::Invalid,
                          "Nesting Levels have exceeded supported limits: Attributes in the item "
                          "have nested levels beyond supported limit");
    }
    if (value.get_object().get(members) != simdjson::SUCCESS) {
        return {};
    }
    for (const dom::key_value_pair member : members) {
        dom::array list;
        dom::object map;
        if (member.key == "N") {
            MB_TRY_STATUS(check_number(member.value));
        } else if (member.value.get_array().get(list) == simdjson::SUCCESS) {
            for (const dom::element entry : list) {
                MB_TRY_STATUS(member.key == "L"    ? check_value(entry, level + 1)
                              : member.key == "NS" ? check_number(entry)
                                                   : Status{});
            }
        } else if (member.key == "M" && member.value.get_object().get(map) == simdjson::SUCCESS) {
            for (const dom::key_value_pair entry : map) {
                MB_TRY_STATUS(check_value(entry.value, level + 1));
            }
        }
    }
    return {};
}

}  // namespace

Status check_parameter_numbers(dom::element value) {
    return check_value(value, 1);
}

}  // namespace millbeck::runtime
