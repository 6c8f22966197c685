#include "runtime/lambda/member_reader.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

// Of what is repeated in an error.
constexpr std::size_t kShownBytesMax = 4096;

std::string worded(std::string_view value, std::string_view path, std::string_view constraint) {
    return fmt::format("Value '{}' at '{}' failed to satisfy constraint: {}",
                       value.substr(0, kShownBytesMax), path, constraint);
}

std::string_view type_of(const Json& value) {
    switch (value.type()) {
        case Json::value_t::string:
            return "STRING_VALUE";
        case Json::value_t::boolean:
            return value.get<bool>() ? "TRUE_VALUE" : "FALSE_VALUE";
        case Json::value_t::number_float:
            return "DECIMAL_VALUE";
        case Json::value_t::number_integer:
        case Json::value_t::number_unsigned:
            return "NUMBER_VALUE";
        default:
            return "";
    }
}

}  // namespace

LambdaError violation(std::string_view value, std::string_view path, std::string_view constraint) {
    return {kValidation, "1 validation error detected: " + worded(value, path, constraint)};
}

const Json* MemberReader::find(const char* name) const {
    const auto found = body_.find(name);
    return found == body_.end() || found->is_null() ? nullptr : &*found;
}

// Member names begin with a small letter in errors: `memorySize`.
std::string MemberReader::path_of(const char* name) const {
    std::string path = prefix_ + name;
    path[prefix_.size()] =
        static_cast<char>(std::tolower(static_cast<unsigned char>(path[prefix_.size()])));
    return path;
}

void MemberReader::wrong_type(const Json& value, std::string_view wanted) {
    if (wrong_type_) {
        return;
    }
    if (value.is_object()) {
        wrong_type_ = "Start of structure or map found where not expected.";
    } else if (value.is_array()) {
        wrong_type_ = "Start of list found where not expected";
    } else if (wanted.empty()) {
        wrong_type_ = "Unexpected field type";
    } else {
        wrong_type_ = fmt::format("{} can not be converted to {}", type_of(value), wanted);
    }
}

void MemberReader::add(std::string_view value, std::string_view path, std::string_view constraint) {
    violations_.push_back(worded(value, path, constraint));
}

std::optional<std::string> MemberReader::text(const char* name, const TextRule& rule) {
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        wrong_type(*value, "a String");
        return std::nullopt;
    }
    auto text = value->get<std::string>();
    const std::string path = path_of(name);
    if (text.size() < rule.min) {
        add(text, path,
            fmt::format("Member must have length greater than or equal to {}", rule.min));
    }
    if (text.size() > rule.max) {
        add(text, path, fmt::format("Member must have length less than or equal to {}", rule.max));
    }
    if (rule.fits != nullptr && !rule.fits(text)) {
        add(text, path,
            fmt::format("Member must satisfy regular expression pattern: {}", rule.pattern));
    }
    if (!rule.values.empty() &&
        std::find(rule.values.begin(), rule.values.end(), text) == rule.values.end()) {
        add(text, path,
            fmt::format("Member must satisfy enum value set: [{}]", fmt::join(rule.values, ", ")));
    }
    return text;
}

std::optional<std::int64_t> MemberReader::number(const char* name, const NumberRule& rule) {
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_number_integer()) {
        wrong_type(*value, "an Integer");
        return std::nullopt;
    }
    const auto number = value->get<std::int64_t>();
    if (number < rule.min) {
        add(std::to_string(number), path_of(name),
            fmt::format("Member must have value greater than or equal to {}", rule.min));
    }
    if (number > rule.max) {
        add(std::to_string(number), path_of(name),
            fmt::format("Member must have value less than or equal to {}", rule.max));
    }
    return number;
}

std::optional<bool> MemberReader::flag(const char* name) {
    const Json* value = find(name);
    if (value != nullptr && !value->is_boolean()) {
        wrong_type(*value, "a Boolean");
        return std::nullopt;
    }
    return value == nullptr ? std::nullopt : std::optional(value->get<bool>());
}

std::optional<std::map<std::string, std::string>> MemberReader::texts(const char* name) {
    const Json* value = object(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    std::map<std::string, std::string> texts;
    for (const auto& [key, each] : value->items()) {
        if (!each.is_string()) {
            wrong_type(each, "a String");
            return std::nullopt;
        }
        texts.emplace(key, each.get<std::string>());
    }
    return texts;
}

std::optional<std::vector<std::string>> MemberReader::list(const char* name) {
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_array()) {
        wrong_type(*value, "");
        return std::nullopt;
    }
    std::vector<std::string> list;
    for (const Json& each : *value) {
        if (!each.is_string()) {
            wrong_type(each, "a String");
            return std::nullopt;
        }
        list.push_back(each.get<std::string>());
    }
    return list;
}

const Json* MemberReader::object(const char* name) {
    const Json* value = find(name);
    if (value != nullptr && !value->is_object()) {
        wrong_type(*value, "");
        return nullptr;
    }
    return value;
}

void MemberReader::require(const char* name) {
    if (find(name) == nullptr) {
        violations_.push_back(
            fmt::format("Value null at '{}' failed to satisfy constraint: Member must not be null",
                        path_of(name)));
    }
}

void MemberReader::take(MemberReader&& inside) {
    violations_.insert(violations_.end(), std::make_move_iterator(inside.violations_.begin()),
                       std::make_move_iterator(inside.violations_.end()));
    if (!wrong_type_) {
        wrong_type_ = std::move(inside.wrong_type_);
    }
}

LambdaResult<void> MemberReader::verdict() const {
    if (wrong_type_) {
        return refuse(kSerialization, *wrong_type_);
    }
    if (!violations_.empty()) {
        return refuse(
            kValidation,
            fmt::format("{} validation error{} detected: {}", violations_.size(),
                        violations_.size() == 1 ? "" : "s", fmt::join(violations_, "; ")));
    }
    return {};
}

}  // namespace millbeck::runtime::lambda
