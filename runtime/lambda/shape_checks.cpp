#include "runtime/lambda/shape_checks.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

std::string enum_constraint(const std::vector<std::string_view>& values) {
    return fmt::format("Member must satisfy enum value set: [{}]", fmt::join(values, ", "));
}

bool is_one_of(const std::string& text, const std::vector<std::string_view>& values) {
    return std::find(values.begin(), values.end(), text) != values.end();
}

}  // namespace

std::string wire_path(std::string_view path) {
    std::string out;
    bool first = true;
    for (const char c : path) {
        out += first ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : c;
        first = c == '.';
    }
    return out;
}

const Json* ShapeChecks::find(std::string_view path) const {
    const Json* at = &body_;
    while (!path.empty()) {
        const std::size_t end = path.find('.');
        if (!at->is_object()) {
            return nullptr;
        }
        const auto found = at->find(std::string(path.substr(0, end)));
        if (found == at->end() || found->is_null()) {
            return nullptr;
        }
        at = &*found;
        path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
    }
    return at;
}

void ShapeChecks::note(std::string_view path, std::string_view value, std::string_view constraint) {
    problems_.push_back(fmt::format("Value {} at '{}' failed to satisfy constraint: {}", value,
                                    wire_path(path), constraint));
}

void ShapeChecks::wrong_type(std::string_view path, std::string_view wanted) {
    if (wrong_type_.empty()) {
        wrong_type_ = fmt::format("Could not parse request body into json: {} must be {}",
                                  wire_path(path), wanted);
    }
}

std::optional<std::int64_t> ShapeChecks::integer(std::string_view path, std::int64_t least,
                                                 std::int64_t most) {
    const Json* value = find(path);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_number_integer()) {
        wrong_type(path, "a whole number");
        return std::nullopt;
    }
    const bool is_huge = value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX;
    const std::int64_t number = is_huge ? INT64_MAX : value->get<std::int64_t>();
    if (number < least || number > most) {
        const bool is_low = number < least;
        note(path, fmt::format("'{}'", value->dump()),
             fmt::format("Member must have value {} than or equal to {}",
                         is_low ? "greater" : "less", is_low ? least : most));
        return std::nullopt;
    }
    return number;
}

std::optional<bool> ShapeChecks::flag(std::string_view path) {
    const Json* value = find(path);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_boolean()) {
        wrong_type(path, "true or false");
        return std::nullopt;
    }
    return value->get<bool>();
}

std::optional<std::string> ShapeChecks::text(std::string_view path, std::size_t most,
                                             std::string_view pattern) {
    const Json* value = find(path);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        wrong_type(path, "a text");
        return std::nullopt;
    }
    auto text = value->get<std::string>();
    if (text.size() > most) {
        note(path, fmt::format("'{}'", text),
             fmt::format("Member must have length less than or equal to {}", most));
        return std::nullopt;
    }
    if (!pattern.empty() && !std::regex_match(text, std::regex(std::string(pattern)))) {
        note(path, fmt::format("'{}'", text),
             fmt::format("Member must satisfy regular expression pattern: {}", pattern));
        return std::nullopt;
    }
    return text;
}

std::optional<std::string> ShapeChecks::choice(std::string_view path,
                                               const std::vector<std::string_view>& values) {
    auto given = text(path);
    if (given && !is_one_of(*given, values)) {
        note(path, fmt::format("'{}'", *given), enum_constraint(values));
        return std::nullopt;
    }
    return given;
}

std::optional<std::vector<std::string>> ShapeChecks::texts(std::string_view path,
                                                           std::size_t most) {
    const Json* value = list(path);
    if (value == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> all;
    for (const Json& each : *value) {
        if (!each.is_string()) {
            wrong_type(path, "a list of texts");
            return std::nullopt;
        }
        all.push_back(each.get<std::string>());
    }
    if (all.size() > most) {
        note(path, fmt::format("'[{}]'", fmt::join(all, ", ")),
             fmt::format("Member must have length less than or equal to {}", most));
        return std::nullopt;
    }
    return all;
}

std::optional<std::vector<std::string>> ShapeChecks::choices(
    std::string_view path, std::size_t most, const std::vector<std::string_view>& values) {
    auto all = texts(path, most);
    if (all && std::any_of(all->begin(), all->end(),
                           [&](const std::string& each) { return !is_one_of(each, values); })) {
        note(path, fmt::format("'[{}]'", fmt::join(*all, ", ")),
             fmt::format("Member must satisfy constraint: [{}, Member must not be null]",
                         enum_constraint(values)));
        return std::nullopt;
    }
    return all;
}

const Json* ShapeChecks::object(std::string_view path) {
    const Json* value = find(path);
    if (value != nullptr && !value->is_object()) {
        wrong_type(path, "an object");
        return nullptr;
    }
    return value;
}

const Json* ShapeChecks::list(std::string_view path) {
    const Json* value = find(path);
    if (value != nullptr && !value->is_array()) {
        wrong_type(path, "a list");
        return nullptr;
    }
    return value;
}

LambdaResult<void> ShapeChecks::result() const {
    if (!wrong_type_.empty()) {
        return refuse(kInvalidRequestContent, wrong_type_);
    }
    if (problems_.empty()) {
        return {};
    }
    return refuse(kValidation,
                  fmt::format("{} validation error{} detected: {}", problems_.size(),
                              problems_.size() == 1 ? "" : "s", fmt::join(problems_, "; ")));
}

}  // namespace millbeck::runtime::lambda
