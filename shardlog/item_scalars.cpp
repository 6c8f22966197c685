// The scalars of an item, and the names of all types.
#include <string>

#include "shardlog/base64.hpp"
#include "shardlog/item_writer.hpp"
#include "shardlog/java_number.hpp"

namespace millbeck::shardlog {

std::optional<AttributeType> parse_attribute_type(std::string_view tag) {
    switch (tag.size()) {
        case 1:
            switch (tag[0]) {
                case 'S':
                    return AttributeType::S;
                case 'N':
                    return AttributeType::N;
                case 'B':
                    return AttributeType::B;
                case 'M':
                    return AttributeType::M;
                case 'L':
                    return AttributeType::L;
                default:
                    return std::nullopt;
            }
        case 2:
            if (tag[1] != 'S') {
                return std::nullopt;
            }
            switch (tag[0]) {
                case 'S':
                    return AttributeType::SS;
                case 'N':
                    return AttributeType::NS;
                case 'B':
                    return AttributeType::BS;
                default:
                    return std::nullopt;
            }
        default:
            if (tag == "BOOL") {
                return AttributeType::BOOL;
            }
            return tag == "NULL" ? std::optional(AttributeType::NULL_) : std::nullopt;
    }
}

bool ItemWriter::write_string(Element value, std::uint32_t& size_bytes) {
    if (!value.is_string()) {
        return mismatch(value, WireType::String);
    }
    const std::string_view content = as_string(value);
    scratch_.text.append(R"({"S":)");
    scratch_.text.append_json_string(content);
    scratch_.text.append('}');
    size_bytes = static_cast<std::uint32_t>(content.size());
    return true;
}

bool ItemWriter::fail_number(NumberFault fault, std::string_view content) {
    if (wording_ == Wording::Older) {
        fault = java_number_fault(content, fault);
    }
    return fail(base::Code::Invalid, number_fault_message(fault, content, wording_));
}

bool ItemWriter::write_number(Element value, std::uint32_t& size_bytes) {
    if (!value.is_string()) {
        return mismatch(value, WireType::String);
    }
    const std::string_view content = as_string(value);
    TextBuffer& text = scratch_.text;
    text.append(R"({"N":")");
    char* const number = text.room(kNumberTextBytesMax);
    NumberFault fault = NumberFault::None;
    const std::size_t size = write_canonical_number(number, content, fault);
    if (fault != NumberFault::None) {
        return fail_number(fault, content);
    }
    size_bytes = number_size_bytes({number, size});
    text.commit(size);
    text.append("\"}");
    return true;
}

bool ItemWriter::write_binary(Element value, std::uint32_t& size_bytes) {
    if (!value.is_string()) {
        return mismatch(value, WireType::Blob);
    }
    const std::string_view content = as_string(value);
    auto decoded_bytes = check_base64(content);
    if (!decoded_bytes) {
        error_ = std::move(decoded_bytes).error();
        return false;
    }
    scratch_.text.append(R"({"B":")");
    scratch_.text.append(content);
    scratch_.text.append("\"}");
    size_bytes = static_cast<std::uint32_t>(*decoded_bytes);
    return true;
}

bool ItemWriter::write_boolean(Element value, std::uint32_t& size_bytes) {
    auto boolean = read_wire_boolean(value);
    if (!boolean) {
        error_ = std::move(boolean).error();
        return false;
    }
    scratch_.text.append(*boolean ? R"({"BOOL":true})" : R"({"BOOL":false})");
    size_bytes = 1;
    return true;
}

bool ItemWriter::write_null(Element value, std::uint32_t& size_bytes) {
    auto boolean = read_wire_boolean(value);
    if (!boolean) {
        error_ = std::move(boolean).error();
        return false;
    }
    if (!*boolean) {
        return fail(base::Code::Invalid,
                    "One or more parameter values were invalid: Null attribute value types must "
                    "have the value of true");
    }
    scratch_.text.append(R"({"NULL":true})");
    size_bytes = 1;
    return true;
}

}  // namespace millbeck::shardlog
