// Rows of the table of settings for plain texts, paths and lists.
#pragma once

#include <string>
#include <utility>

#include "runtime/config/setting.hpp"

namespace millbeck::runtime {

// A text that is not empty. `At`: a string or a path of a T.
template <typename T, typename At>
Setting<T> text_setting(std::string key, At at, std::string takes, std::string help) {
    T fresh{};
    const std::string fallback(at(fresh));
    auto set = [at, takes](T& into, const Value& value) -> base::Status {
        MB_TRY(std::string text, text_of(value, takes));
        if (text.empty()) {
            return base::fail(base::Code::Invalid, "must not be empty");
        }
        at(into) = std::move(text);
        return {};
    };
    return {std::move(key), takes, fallback, std::move(help), set};
}

// A list of texts, or one text split at white space.
template <typename T, typename At>
Setting<T> list_setting(std::string key, At at, std::string help) {
    auto set = [at](T& into, const Value& value) -> base::Status {
        MB_TRY(at(into), command_of(value));
        return {};
    };
    return {std::move(key), "list of names", "", std::move(help), set};
}

}  // namespace millbeck::runtime
