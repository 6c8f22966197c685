#include "runtime/iam/iam_forms.hpp"

#include <charconv>
#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::iam {

namespace {

std::string xml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace

std::string element(std::string_view name, std::string_view text) {
    return fmt::format("<{0}>{1}</{0}>", name, xml(text));
}

std::string text_of(const Form& form, const std::string& name, std::string_view otherwise) {
    const auto found = form.find(name);
    return found == form.end() ? std::string(otherwise) : found->second;
}

// `Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.2...`
std::vector<std::string> members_of(const Form& form, std::string_view list,
                                    std::string_view member) {
    std::vector<std::string> all;
    for (int i = 1;; ++i) {
        const auto found = form.find(fmt::format("{}.member.{}{}", list, i, member));
        if (found == form.end()) {
            return all;
        }
        all.push_back(found->second);
    }
}

bool is_policy(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    return json.is_object() && json.contains("Statement");
}

std::string tags_xml(const Role& role) {
    std::string out;
    for (const auto& [key, value] : role.tags) {
        out += fmt::format("<member>{}{}</member>", element("Key", key), element("Value", value));
    }
    return out;
}

bool add_tags(const Form& form, Role& role) {
    const auto keys = members_of(form, "Tags", ".Key");
    const auto values = members_of(form, "Tags", ".Value");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        role.tags[keys[i]] = i < values.size() ? values[i] : "";
    }
    return role.tags.size() <= kTagsMax;
}

bool read_session_seconds(const Form& form, Role& role) {
    constexpr std::int64_t kLeast = 3'600;
    constexpr std::int64_t kMost = 43'200;
    const std::string text =
        text_of(form, "MaxSessionDuration", std::to_string(role.session_seconds_max));
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), role.session_seconds_max);
    return error == std::errc{} && end == text.data() + text.size() &&
           role.session_seconds_max >= kLeast && role.session_seconds_max <= kMost;
}

}  // namespace millbeck::runtime::iam
