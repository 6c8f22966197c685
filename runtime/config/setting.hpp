// One row of the table of settings: its key, what it takes, where it goes, what it means. The same
// rows read files, environment and flags, and print the reference.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/config/quantity.hpp"
#include "runtime/config/value.hpp"

namespace millbeck::runtime {

// A setting of a T (the node, a table, a function, a trigger).
template <typename T>
struct Setting {
    std::string key;
    std::string takes;     // "duration, 1s to 365d", "one of pipe, exec"
    std::string fallback;  // as one would write it; "" when there is none
    std::string help;
    // Errors: Invalid, without a place and without the key.
    std::function<base::Status(T&, const Value&)> set;
    bool required = false;
};

// The text of a Text; Invalid names what is wanted and what is there.
base::Result<std::string> text_of(const Value& value, std::string_view wanted);
base::Result<bool> flag_of(const Value& value);
// A map of texts.
base::Result<std::map<std::string, std::string>> texts_of(const Value& value);
// A list of texts, or one text that is split at white space; quotes '..' and ".." keep white space
// together, as a shell would, without any other of a shell's meanings.
base::Result<std::vector<std::string>> command_of(const Value& value);

base::Status check_range(std::string_view written, std::uint64_t value, std::uint64_t least,
                         std::uint64_t most, std::string_view range);

// ---- rows; `at` gives the field of a T by reference.

template <typename T, typename At>
Setting<T> duration_setting(std::string key, At at, base::Milliseconds least,
                            base::Milliseconds most, std::string help) {
    T fresh{};
    const std::string range =
        fmt::format("{} to {}", format_duration(least), format_duration(most));
    auto set = [at, least, most, range](T& into, const Value& value) -> base::Status {
        MB_TRY(const std::string text, text_of(value, "a duration"));
        MB_TRY(const base::Milliseconds parsed, parse_duration(text));
        MB_TRY_STATUS(check_range(text, static_cast<std::uint64_t>(parsed.count()),
                                  static_cast<std::uint64_t>(least.count()),
                                  static_cast<std::uint64_t>(most.count()), range));
        at(into) = parsed;
        return {};
    };
    return {std::move(key), "duration, " + range, format_duration(at(fresh)), std::move(help), set};
}

template <typename T, typename At>
Setting<T> number_setting(std::string key, At at, std::uint64_t least, std::uint64_t most,
                          bool is_size, std::string help) {
    T fresh{};
    const auto show = [is_size](std::uint64_t n) {
        return is_size ? format_size(n) : std::to_string(n);
    };
    const std::string range = fmt::format("{} to {}", show(least), show(most));
    auto set = [=](T& into, const Value& value) -> base::Status {
        MB_TRY(const std::string text, text_of(value, is_size ? "a size" : "a whole number"));
        MB_TRY(const std::uint64_t parsed, is_size ? parse_size(text) : parse_count(text));
        MB_TRY_STATUS(check_range(text, parsed, least, most, range));
        at(into) = static_cast<std::remove_reference_t<decltype(at(into))>>(parsed);
        return {};
    };
    const std::string kind = is_size ? "size, " : "number, ";
    const auto value = static_cast<std::uint64_t>(at(fresh));
    const std::string fallback = value >= least && value <= most ? show(value) : "";
    return {std::move(key), kind + range, fallback, std::move(help), set};
}

// One word of a closed set.
template <typename T, typename Field, typename At>
Setting<T> choice_setting(std::string key, At at,
                          std::vector<std::pair<std::string, Field>> choices, std::string help) {
    T fresh{};
    std::vector<std::string> words;
    std::string fallback;
    for (const auto& [word, field] : choices) {
        words.push_back(word);
        fallback = at(fresh) == field ? word : fallback;
    }
    const std::string takes = fmt::format("one of {}", fmt::join(words, ", "));
    auto set = [=](T& into, const Value& value) -> base::Status {
        MB_TRY(const std::string text, text_of(value, "a word"));
        for (const auto& [word, field] : choices) {
            if (word == text) {
                at(into) = field;
                return {};
            }
        }
        return base::fail(base::Code::Invalid, fmt::format("\"{}\" is not {}{}", text, takes,
                                                           did_you_mean(text, words)));
    };
    return {std::move(key), takes, fallback, std::move(help), set};
}

template <typename T, typename At>
Setting<T> flag_setting(std::string key, At at, std::string help) {
    T fresh{};
    auto set = [at](T& into, const Value& value) -> base::Status {
        MB_TRY(const bool parsed, flag_of(value));
        at(into) = parsed;
        return {};
    };
    return {std::move(key), "true or false", at(fresh) ? "true" : "false", std::move(help), set};
}

// Anything else: `set` says what it takes.
template <typename T>
Setting<T> special_setting(std::string key, std::string takes, std::string fallback,
                           std::string help, std::function<base::Status(T&, const Value&)> set) {
    return {std::move(key), std::move(takes), std::move(fallback), std::move(help), std::move(set)};
}

// `fallback`: the setting it takes its value from when it is not there.
template <typename T>
Setting<T> falling_back(Setting<T> setting, const std::string& fallback) {
    setting.fallback = fallback;
    return setting;
}

template <typename T>
Setting<T> required(Setting<T> setting) {
    setting.required = true;
    return setting;
}

template <typename T>
std::vector<std::string> keys_of(const std::vector<Setting<T>>& settings) {
    std::vector<std::string> keys;
    keys.reserve(settings.size());
    for (const auto& setting : settings) {
        keys.push_back(setting.key);
    }
    return keys;
}

template <typename T>
const Setting<T>* find_setting(const std::vector<Setting<T>>& settings, std::string_view key) {
    const auto found = std::find_if(settings.begin(), settings.end(),
                                    [&](const Setting<T>& each) { return each.key == key; });
    return found == settings.end() ? nullptr : &*found;
}

}  // namespace millbeck::runtime
