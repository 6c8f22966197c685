#include "runtime/api/parameter_numbers.hpp"

#include <array>
#include <string_view>

#include <simdjson.h>

#include "shardlog/item.hpp"
#include "shardlog/java_number.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using base::Status;
using shardlog::NumberFault;

// What does not fit into 32 bits is said here, what is out of range by the parser of values.
Status check_number(dom::element number) {
    std::string_view text;
    if (number.get_string().get(text) != simdjson::SUCCESS) {
        return {};  // the parser of values says so
    }
    std::array<char, shardlog::kNumberTextBytesMax> canonical{};
    auto fault = NumberFault::None;
    shardlog::write_canonical_number(canonical.data(), text, fault);
    const NumberFault found = shardlog::java_number_fault(text, fault);
    const bool here = found == NumberFault::NotNumeric ||
                      (found == NumberFault::Underflow && fault == NumberFault::Overflow);
    return here ? base::fail(Code::Invalid, shardlog::number_fault_message(found, text)) : Status{};
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
