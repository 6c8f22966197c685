// Where an export may write.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/restore/table_exports.hpp"

namespace millbeck::runtime {
namespace {

constexpr std::size_t kNameBytesMax = 255;  // of a folder

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_ip_address(std::string_view name) {
    return std::ranges::count(name, '.') == 3 &&
           std::ranges::all_of(name, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

}  // namespace

bool is_bucket_name(std::string_view name) {
    constexpr std::size_t kLeast = 3;
    constexpr std::size_t kMost = 63;
    const auto fits = [](char c) { return is_lower_or_digit(c) || c == '.' || c == '-'; };
    return name.size() >= kLeast && name.size() <= kMost && std::ranges::all_of(name, fits) &&
           is_lower_or_digit(name.front()) && is_lower_or_digit(name.back()) &&
           name.find("..") == std::string_view::npos && !is_ip_address(name);
}

base::Result<std::string> parse_export_prefix(std::string_view prefix) {
    std::string_view path = prefix;
    if (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    for (std::string_view rest = path; !path.empty();) {
        const auto slash = rest.find('/');
        const std::string_view name = rest.substr(0, slash);
        if (name.empty() || name == "." || name == ".." || name.size() > kNameBytesMax ||
            name.find('\0') != std::string_view::npos) {
            return base::fail(base::Code::Invalid,
                              fmt::format("S3Prefix {} is no path of folders, which is all that is "
                                          "supported by Millbeck",
                                          prefix));
        }
        if (slash == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(slash + 1);
    }
    return std::string(path);
}

}  // namespace millbeck::runtime
