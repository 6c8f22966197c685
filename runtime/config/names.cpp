#include "runtime/config/names.hpp"

#include <fmt/format.h>

#include "runtime/config/setting.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;

base::Result<shardlog::TableName> parse_new_table_name(const std::string& text) {
    const bool good = text.size() >= 3 && text.size() <= 255 &&
                      text.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
                          std::string::npos;
    if (!good) {
        return base::fail(
            Code::Invalid,
            fmt::format("\"{}\" is not a table name: 3 to 255 of a-z A-Z 0-9 _ . -", text));
    }
    return shardlog::TableName{text};
}

Status set_table_name(shardlog::TableName& name, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "a name"));
    MB_TRY(name, parse_new_table_name(text));
    return {};
}

Status set_name(std::string& name, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "a name"));
    const bool good = !text.empty() && text.size() <= 140 &&
                      text.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
                          std::string::npos;
    if (!good) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" is not a name: 1 to 140 of a-z A-Z 0-9 _ . -", text));
    }
    name = text;
    return {};
}

}  // namespace millbeck::runtime
