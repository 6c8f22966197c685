#include "runtime/api/parked_answers.hpp"

#include <cstdint>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/number_list.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using triggers::ParkedKey;
using triggers::ParkingLot;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::uint64_t kNumberMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kRecordLimit = 100;
constexpr std::uint64_t kRecordLimitMax = 1'000;

Json key_json(const ParkedKey& key) {
    return {{"number", key.number},
            {"trigger", key.trigger},
            {"key", Json::parse(key.key, nullptr, false)},
            {"records", key.records},
            {"bytes", key.bytes},
            {"parked", base::to_iso8601(key.parked_at) + "Z"},
            {"wish", triggers::to_string(key.wish)},
            {"error", key.error}};
}

}  // namespace

Result<std::string> list_parked(ParkingLot& lot, const Target& target) {
    MB_TRY(const auto above, target.number("above", 0, kNumberMax));
    MB_TRY(const auto found,
           lot.list(target.text("trigger", ""), static_cast<std::int64_t>(above)));
    Json keys = Json::array();
    for (const ParkedKey& key : found) {
        keys.push_back(key_json(key));
    }
    return Json{{"parked", std::move(keys)}}.dump() + "\n";
}

// Records are spliced: they are JSON already.
Result<std::string> show_parked(ParkingLot& lot, const Target& target) {
    MB_TRY(const auto number, target.number("number", 0, kNumberMax));
    MB_TRY(const auto limit, target.number("limit", kRecordLimit, kRecordLimitMax));
    MB_TRY(const auto key, lot.find(static_cast<std::int64_t>(number)));
    if (!key) {
        return base::fail(Code::NotFound, fmt::format("there is no parked key {}", number));
    }
    MB_TRY(const auto records, lot.records(key->number, static_cast<std::uint32_t>(limit)));
    std::string text = key_json(*key).dump();
    text.pop_back();
    text += R"(,"first_records":[)";
    std::string_view separator;
    for (const triggers::ParkedRecord& record : records) {
        text += separator;
        text += record.record;
        separator = ",";
    }
    text += "]}\n";
    return text;
}

Result<std::string> wish_parked(ParkingLot& lot, TriggerManager& manager, std::string_view body,
                                triggers::Wish wish) {
    MB_TRY(const auto numbers, parse_numbers(body, "parked keys"));
    Json wished = Json::array();
    for (const std::int64_t number : numbers) {
        MB_TRY(const auto key, lot.find(number));
        MB_TRY(const bool is_there, lot.wish(number, wish));
        if (key && is_there) {
            wished.push_back(number);
            if (!manager.look_again(key->trigger_id) && wish == triggers::Wish::Drop) {
                // Its trigger is no more: nobody else would.
                MB_TRY_STATUS(lot.settled(*key, shardlog::SequenceNumber::max()));
            }
        }
    }
    return Json{{"wished", std::move(wished)}}.dump() + "\n";
}

}  // namespace millbeck::runtime
