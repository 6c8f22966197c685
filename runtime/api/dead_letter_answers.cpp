#include "runtime/api/dead_letter_answers.hpp"

#include <cstdint>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/number_list.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using triggers::DeadLetter;
using triggers::DeadLetterStore;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::uint64_t kLetterLimit = 100;
constexpr std::uint64_t kLetterLimitMax = 1'000;
constexpr std::uint64_t kNumberMax = std::numeric_limits<std::int64_t>::max();

Json letter_json(const DeadLetter& letter) {
    return {{"number", letter.number},
            {"kind", letter.trigger.empty() ? "call" : "batch"},
            {"trigger", letter.trigger},
            {"function", letter.function},
            {"condition", letter.condition},
            {"error", letter.error},
            {"invoke_count", letter.invoke_count},
            {"records", letter.records},
            {"event_bytes", letter.event_bytes},
            {"failed", base::to_iso8601(letter.failed_at) + "Z"},
            {"request_id", letter.request_id},
            {"stream_arn", letter.stream_arn},
            {"shard", letter.shard_id},
            {"first_sequence", letter.first_sequence},
            {"last_sequence", letter.last_sequence}};
}

}  // namespace

Result<std::string> list_dead_letters(DeadLetterStore& store, const Target& target) {
    MB_TRY(const auto above, target.number("above", 0, kNumberMax));
    MB_TRY(const auto limit, target.number("limit", kLetterLimit, kLetterLimitMax));
    MB_TRY(const auto found, store.list({.trigger = target.text("trigger", ""),
                                         .above = static_cast<std::int64_t>(above),
                                         .limit = static_cast<std::uint32_t>(limit)}));
    Json letters = Json::array();
    for (const DeadLetter& letter : found) {
        letters.push_back(letter_json(letter));
    }
    return Json{{"dead_letters", std::move(letters)}}.dump(-1, ' ', false,
                                                           Json::error_handler_t::replace) +
           "\n";
}

// The event is spliced: it may be 6 MB, and it is JSON already.
Result<std::string> show_dead_letter(DeadLetterStore& store, const Target& target) {
    MB_TRY(const auto number, target.number("number", 0, kNumberMax));
    MB_TRY(const auto letter, store.find(static_cast<std::int64_t>(number)));
    if (!letter) {
        return base::fail(Code::NotFound, fmt::format("there is no dead letter {}", number));
    }
    Json json = letter_json(*letter);
    json["stderr"] = letter->output;
    std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.pop_back();
    text += R"(,"event":)";
    text += letter->event;
    text += "}\n";
    return text;
}

Result<std::string> drop_dead_letters(DeadLetterStore& store, std::string_view body) {
    MB_TRY(const auto numbers, parse_numbers(body, "dead letters"));
    Json dropped = Json::array();
    for (const std::int64_t number : numbers) {
        MB_TRY(const bool was_there, store.remove(number));
        if (was_there) {
            dropped.push_back(number);
        }
    }
    return Json{{"dropped", std::move(dropped)}}.dump() + "\n";
}

}  // namespace millbeck::runtime
