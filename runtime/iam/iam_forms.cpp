#include "runtime/iam/iam_forms.hpp"

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

}  // namespace millbeck::runtime::iam
