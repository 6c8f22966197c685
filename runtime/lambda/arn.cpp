#include "runtime/lambda/arn.hpp"

#include <algorithm>
#include <cctype>

namespace millbeck::runtime::lambda {

namespace {

bool is_word(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

// Up to the next colon, which is cut off as well.
std::string_view cut(std::string_view& rest) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

}  // namespace

bool is_region(std::string_view text) {
    return text.size() > 5 && text[2] == '-' && text[text.size() - 2] == '-' &&
           std::isdigit(static_cast<unsigned char>(text.back())) != 0 &&
           std::all_of(text.begin(), text.end() - 1,
                       [](unsigned char c) { return std::islower(c) != 0 || c == '-'; });
}

bool is_account(std::string_view text) {
    return text.size() == 12 && std::all_of(text.begin(), text.end(),
                                            [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_arn(std::string_view text) {
    constexpr int kColons = 5;
    if (std::count(text.begin(), text.end(), ':') < kColons || cut(text) != "arn") {
        return false;
    }
    const std::string_view partition = cut(text);
    const std::string_view service = cut(text);
    const std::string_view region = cut(text);
    const std::string_view account = cut(text);
    return partition.starts_with("aws") && is_word(partition) && !service.empty() &&
           is_word(service) && (region.empty() || is_region(region)) &&
           (account.empty() || is_account(account));
}

}  // namespace millbeck::runtime::lambda
