#include "shardlog/log_files.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace millbeck::shardlog {
namespace {

constexpr std::size_t kDigits = 20;

}  // namespace

std::string numbered_name(std::uint64_t number, std::string_view suffix) {
    return fmt::format("{:020}{}", number, suffix);
}

std::optional<std::uint64_t> parse_numbered_name(std::string_view name, std::string_view suffix) {
    if (name.size() != kDigits + suffix.size() || name.substr(kDigits) != suffix) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const char* end = name.data() + kDigits;
    const auto [stopped, error] = std::from_chars(name.data(), end, number);
    if (error != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return number;
}

base::Result<std::vector<SequenceNumber>> list_numbered(base::FileSystem& files,
                                                        const base::Path& folder,
                                                        std::string_view suffix) {
    MB_TRY(const auto names, files.list(folder));
    std::vector<SequenceNumber> positions;
    for (const std::string& name : names) {
        if (const auto number = parse_numbered_name(name, suffix)) {
            positions.push_back(SequenceNumber{*number});
        }
    }
    std::ranges::sort(positions);
    return positions;
}

}  // namespace millbeck::shardlog
