#include "runtime/config/quantity.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace millbeck::runtime {

using base::Code;
using base::Milliseconds;
using base::Result;

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t worth;
};

constexpr std::array<Unit, 5> kDurationUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSizeUnits{
    {{"GB", 1u << 30}, {"MB", 1u << 20}, {"KB", 1u << 10}, {"B", 1}}};

struct Quantity {
    std::uint64_t number = 0;
    std::string_view unit;
};

std::optional<Quantity> split(std::string_view text) {
    Quantity quantity;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, quantity.number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    quantity.unit = std::string_view(stop, static_cast<std::size_t>(end - stop));
    return quantity;
}

template <std::size_t N>
std::optional<std::uint64_t> in_units(const Quantity& quantity, const std::array<Unit, N>& units) {
    for (const Unit& unit : units) {
        const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        if (quantity.unit == unit.name && quantity.number <= most / unit.worth) {
            return quantity.number * unit.worth;
        }
    }
    return std::nullopt;
}

template <std::size_t N>
std::string format(std::uint64_t amount, const std::array<Unit, N>& units) {
    for (const Unit& unit : units) {
        if (amount >= unit.worth && amount % unit.worth == 0) {
            return fmt::format("{}{}", amount / unit.worth, unit.name);
        }
    }
    return "0";
}

}  // namespace

Result<Milliseconds> parse_duration(std::string_view text) {
    const auto quantity = split(text);
    if (quantity && quantity->number == 0 && quantity->unit.empty()) {
        return Milliseconds{0};
    }
    const auto amount = quantity ? in_units(*quantity, kDurationUnits) : std::nullopt;
    if (!amount) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" is not a duration; write a whole number and a unit, "
                                      "like 500ms, 10s, 5m, 24h or 7d",
                                      text));
    }
    return Milliseconds{static_cast<std::int64_t>(*amount)};
}

// Hours are what people say for a day or two; days from there on.
std::string format_duration(Milliseconds duration) {
    const auto amount = static_cast<std::uint64_t>(duration.count());
    if (duration > Milliseconds{0} && duration <= std::chrono::hours(48) &&
        duration % std::chrono::hours(1) == Milliseconds{0}) {
        return fmt::format("{}h", amount / 3'600'000);
    }
    return amount == 0 ? "0s" : format(amount, kDurationUnits);
}

Result<std::uint64_t> parse_size(std::string_view text) {
    auto quantity = split(text);
    if (quantity && quantity->unit.empty()) {
        quantity->unit = "B";
    }
    const auto amount = quantity ? in_units(*quantity, kSizeUnits) : std::nullopt;
    if (!amount) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" is not a size; write a whole number and a unit, like "
                                      "512B, 64KB, 16MB or 1GB",
                                      text));
    }
    return *amount;
}

std::string format_size(std::uint64_t bytes) {
    return format(bytes, kSizeUnits);
}

Result<std::uint64_t> parse_count(std::string_view text) {
    const auto quantity = split(text);
    if (!quantity || !quantity->unit.empty()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" is not a whole number", text));
    }
    return quantity->number;
}

}  // namespace millbeck::runtime
