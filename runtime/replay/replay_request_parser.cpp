#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/replay/replay_request.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using Json = nlohmann::json;

namespace {

constexpr std::uint64_t kRateMax = 10'000'000;
constexpr std::uint64_t kBatchMax = 10'000;
constexpr std::uint64_t kRetriesMax = 10'000;
constexpr std::size_t kNameMax = 128;

Status read_text(const Json& body, const char* name, std::string& into) {
    const auto found = body.find(name);
    if (found == body.end()) {
        return {};
    }
    if (!found->is_string()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be a text", name));
    }
    into = found->get<std::string>();
    return {};
}

template <typename Number>
Status read_number(const Json& body, const char* name, std::uint64_t most, Number& into) {
    const auto found = body.find(name);
    if (found == body.end()) {
        return {};
    }
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > most) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" must be a whole number from 0 to {}", name, most));
    }
    into = static_cast<Number>(found->get<std::uint64_t>());
    return {};
}

Status read_texts(const Json& body, const char* name, std::vector<std::string>& into) {
    const auto found = body.find(name);
    if (found == body.end()) {
        return {};
    }
    const bool is_list =
        found->is_array() && std::all_of(found->begin(), found->end(),
                                         [](const Json& each) { return each.is_string(); });
    if (!is_list) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be a list of texts", name));
    }
    into = found->get<std::vector<std::string>>();
    return {};
}

Status check_known(const Json& body) {
    constexpr std::array kKnown{"table",  "from",       "to",      "key",    "filters",
                                "failed", "into",       "name",    "rate",   "cursor",
                                "taken",  "batch_size", "retries", "compare"};
    for (const auto& [name, value] : body.items()) {
        if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) {
            return base::fail(Code::Invalid, fmt::format("\"{}\" is not known here", name));
        }
    }
    return {};
}

bool is_name(const std::string& text) {
    return !text.empty() && text.size() <= kNameMax &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                      c == '.';
           });
}

}  // namespace

Result<ReplayRequest> parse_replay_request(std::string_view text) {
    const Json body = Json::parse(text, nullptr, false);
    if (body.is_discarded() || !body.is_object()) {
        return base::fail(Code::Invalid, "the body must be a JSON object");
    }
    ReplayRequest request;
    MB_TRY_STATUS(check_known(body));
    MB_TRY_STATUS(read_text(body, "table", request.table));
    MB_TRY_STATUS(read_text(body, "from", request.from));
    MB_TRY_STATUS(read_text(body, "to", request.to));
    MB_TRY_STATUS(read_texts(body, "key", request.key));
    MB_TRY_STATUS(read_texts(body, "filters", request.filters));
    MB_TRY_STATUS(read_text(body, "failed", request.failed));
    MB_TRY_STATUS(read_text(body, "into", request.into));
    MB_TRY_STATUS(read_text(body, "name", request.name));
    MB_TRY_STATUS(read_number(body, "rate", kRateMax, request.rate));
    MB_TRY_STATUS(read_number(body, "batch_size", kBatchMax, request.batch_size));
    MB_TRY_STATUS(read_text(body, "compare", request.compare));
    if (body.contains("retries") && !body["retries"].is_null()) {
        MB_TRY_STATUS(read_number(body, "retries", kRetriesMax, request.retries.emplace()));
    }
    if (!request.name.empty() && !is_name(request.name)) {
        return base::fail(Code::Invalid,
                          fmt::format("a replay's name has 1 to {} letters, digits, \"-\", \"_\" "
                                      "and \".\", not \"{}\"",
                                      kNameMax, request.name));
    }
    return request;
}

}  // namespace millbeck::runtime
