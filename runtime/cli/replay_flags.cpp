#include "runtime/cli/replay_flags.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::cli {

using base::Code;
using base::Result;
using Json = nlohmann::json;

Result<std::uint64_t> parse_rate(const std::string& text) {
    const std::string digits = text.ends_with("/s") ? text.substr(0, text.size() - 2) : text;
    if (text.empty()) {
        return 0;
    }
    const bool is_number = !digits.empty() && digits.size() <= 8 &&
                           digits.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number || std::stoull(digits) == 0 || std::stoull(digits) > 10'000'000) {
        return base::fail(Code::Invalid,
                          fmt::format("--rate \"{}\" is not 1/s to 10000000/s", text));
    }
    return std::stoull(digits);
}

std::string request_text(const ReplayFlags& flags, std::uint64_t rate) {
    Json request = {{"table", flags.table},
                    {"from", flags.from},
                    {"to", flags.to},
                    {"key", flags.key},
                    {"filters", flags.filters}};
    request["failed"] = flags.failed;
    request["into"] = flags.into;
    if (!flags.name.empty()) {
        request["name"] = flags.name;
    }
    request["rate"] = rate;
    request["batch_size"] = flags.batch_size;
    if (flags.retries) {
        request["retries"] = *flags.retries;
    }
    if (!flags.compare.empty()) {
        request["compare"] = flags.compare;
    }
    return request.dump();
}

}  // namespace millbeck::runtime::cli
