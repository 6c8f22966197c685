#include "runtime/config/retry_settings.hpp"

#include <chrono>

#include "runtime/config/destination_settings.hpp"
#include "runtime/config/setting.hpp"

namespace millbeck::runtime {

using base::Status;
using namespace std::chrono_literals;

namespace {
constexpr std::string_view kUnlimited = "unlimited";
}

Status set_maximum_retry_attempts(triggers::TriggerSpec& spec, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "a whole number or \"unlimited\""));
    if (text == kUnlimited) {
        spec.maximum_retry_attempts.reset();
        return {};
    }
    MB_TRY(const std::uint64_t attempts, parse_count(text));
    MB_TRY_STATUS(check_range(text, attempts, 0, 10'000, "0 to 10000, or unlimited"));
    spec.maximum_retry_attempts = static_cast<std::uint32_t>(attempts);
    return {};
}

Status set_maximum_record_age(triggers::TriggerSpec& spec, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "a duration or \"unlimited\""));
    if (text == kUnlimited) {
        spec.maximum_record_age.reset();
        return {};
    }
    MB_TRY(const base::Milliseconds age, parse_duration(text));
    const auto ms = [](base::Milliseconds time) {
        return static_cast<std::uint64_t>(time.count());
    };
    MB_TRY_STATUS(check_range(text, ms(age), ms(1min), ms(24h * 7), "1m to 7d, or unlimited"));
    spec.maximum_record_age = age;
    return {};
}

Status set_on_failure(triggers::TriggerSpec& spec, const Value& value) {
    MB_TRY(spec.on_failure, on_failure_of(value));
    return {};
}

}  // namespace millbeck::runtime
