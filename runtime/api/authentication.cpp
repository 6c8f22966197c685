#include "runtime/api/authentication.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace millbeck::runtime {
namespace {

constexpr WireError kMissing{400, "com.amazon.coral.service#MissingAuthenticationTokenException",
                             "message"};
constexpr WireError kIncomplete{400, "com.amazon.coral.service#IncompleteSignatureException",
                                "message"};
constexpr WireError kInvalid{400, "com.amazon.coral.service#InvalidSignatureException", "message"};

// Whether `text` has a part `name=` with something behind it. Parts stand at the start or after one
// of `separators`. Every request passes here, so it looks for names and not for separators.
bool has_part(std::string_view text, std::string_view name, std::string_view separators) {
    std::size_t at = text.find(name);
    while (at != std::string_view::npos) {
        const std::size_t value = at + name.size() + 1;
        const bool starts = at == 0 || separators.find(text[at - 1]) != std::string_view::npos;
        if (starts && value < text.size() && text[value - 1] == '=') {
            return separators.find(text[value]) == std::string_view::npos;
        }
        at = text.find(name, at + 1);
    }
    return false;
}

std::optional<AuthenticationFault> check_header(const base::HttpRequest& request,
                                                std::string_view header) {
    std::string text;
    for (const std::string_view name : {"Credential", "Signature", "SignedHeaders"}) {
        if (!has_part(header, name, ", ")) {
            text += fmt::format("Authorization header requires '{}' parameter. ", name);
        }
    }
    if (request.header("x-amz-date").empty() && request.header("date").empty()) {
        text +=
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
    }
    if (text.empty()) {
        return std::nullopt;
    }
    return AuthenticationFault{kIncomplete, fmt::format("{}Authorization={}", text, header)};
}

std::optional<AuthenticationFault> check_query(std::string_view query) {
    constexpr std::array<std::string_view, 5> kNames{"X-Amz-Algorithm", "X-Amz-Credential",
                                                     "X-Amz-Signature", "X-Amz-SignedHeaders",
                                                     "X-Amz-Date"};
    std::string text;
    for (const std::string_view name : kNames) {
        if (!has_part(query, name, "&")) {
            text += fmt::format("AWS query-string parameters must include '{}'. ", name);
        }
    }
    if (text.empty()) {
        return std::nullopt;
    }
    return AuthenticationFault{kIncomplete, text + "Re-examine the query-string parameters."};
}

}  // namespace

std::optional<AuthenticationFault> check_authentication(const base::HttpRequest& request) {
    const std::string_view header = request.header("authorization");
    const std::string_view target = request.target();
    const auto mark = target.find('?');
    const std::string_view query =
        mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    const bool in_query = query.find("X-Amz-Algorithm") != std::string_view::npos;
    if (!header.empty() && in_query) {
        return AuthenticationFault{kInvalid,
                                   "Found both 'X-Amz-Algorithm' as a query-string param and "
                                   "'Authorization' as HTTP header."};
    }
    if (in_query) {
        return check_query(query);
    }
    if (!header.starts_with("AWS4-")) {
        return AuthenticationFault{kMissing, "Request is missing Authentication Token"};
    }
    return check_header(request, header);
}

}  // namespace millbeck::runtime
