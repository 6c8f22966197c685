#include "runtime/iam/iam_forms.hpp"

#include <charconv>
#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shardlog/base64.hpp"

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

std::map<std::string, std::string> tag_rows(const Role& role) {
    std::map<std::string, std::string> rows;
    for (const auto& [key, value] : role.tags) {
        rows[key] =
            fmt::format("<member>{}{}</member>", element("Key", key), element("Value", value));
    }
    return rows;
}

std::string tags_xml(const Role& role) {
    std::string out;
    for (const auto& [key, row] : tag_rows(role)) {
        out += row;
    }
    return out;
}

// A marker is the last key of the page before; opaque to callers.
tl::expected<std::string, std::string> page_xml(const Form& form, std::string_view list,
                                                const std::map<std::string, std::string>& rows) {
    constexpr std::size_t kMost = 1'000;
    std::size_t most = 100;
    if (const auto found = form.find("MaxItems"); found != form.end()) {
        const std::string& text = found->second;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), most);
        if (error != std::errc{} || end != text.data() + text.size() || most < 1 || most > kMost) {
            return tl::unexpected(fmt::format(
                "1 validation error detected: Value '{}' at 'maxItems' failed to satisfy "
                "constraint: Member must have value between 1 and {}",
                text, kMost));
        }
    }
    auto row = rows.begin();
    if (const auto found = form.find("Marker"); found != form.end()) {
        std::string last;
        if (!shardlog::append_base64url_decoded(last, found->second)) {
            return tl::unexpected(std::string("Invalid Marker."));
        }
        row = rows.upper_bound(last);
    }
    std::string members;
    std::string last;
    for (; row != rows.end() && most > 0; ++row, --most) {
        members += row->second;
        last = row->first;
    }
    std::string out = fmt::format("<{0}>{1}</{0}>", list, members);
    out += element("IsTruncated", row == rows.end() ? "false" : "true");
    if (row != rows.end()) {
        std::string marker;
        shardlog::append_base64url(marker, last);
        out += element("Marker", marker);
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
