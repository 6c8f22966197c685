#include "runtime/lambda/mapping_extensions.hpp"

#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;
using triggers::OnPoison;
using triggers::Polling;

}  // namespace

void read_extensions(MemberReader& reader, MappingExtensions& to) {
    to.on_poison =
        reader.text("MillbeckOnPoison", {.values = {"give-up", "park"}}).value_or(to.on_poison);
    to.polling =
        reader.text("MillbeckPolling", {.values = {"doorbell", "aws"}}).value_or(to.polling);
    to.retry_first_ms = reader.number("MillbeckRetryFirstInMilliseconds", {1, 3'600'000})
                            .value_or(to.retry_first_ms);
    to.retry_longest_ms = reader.number("MillbeckRetryLongestInMilliseconds", {1, 86'400'000})
                              .value_or(to.retry_longest_ms);
    to.batch_bytes_max =
        reader.number("MillbeckBatchBytesMax", {1'024, 6'291'456}).value_or(to.batch_bytes_max);
}

Json extensions_json(const MappingExtensions& extensions) {
    return {{"MillbeckOnPoison", extensions.on_poison},
            {"MillbeckPolling", extensions.polling},
            {"MillbeckRetryFirstInMilliseconds", extensions.retry_first_ms},
            {"MillbeckRetryLongestInMilliseconds", extensions.retry_longest_ms},
            {"MillbeckBatchBytesMax", extensions.batch_bytes_max}};
}

Json extensions_json(const MappingExtensions& extensions, const MappingExtensions& but) {
    const Json all = extensions_json(extensions);
    const Json usual = extensions_json(but);
    Json different = Json::object();
    for (const auto& [name, value] : all.items()) {
        if (value != usual[name]) {
            different[name] = value;
        }
    }
    return different;
}

void apply_extensions(const MappingExtensions& extensions, triggers::TriggerSpec& spec) {
    spec.on_poison = extensions.on_poison == "park" ? OnPoison::Park : OnPoison::GiveUp;
    spec.polling = extensions.polling == "aws" ? Polling::Aws : Polling::Doorbell;
    spec.retry.first = base::Milliseconds{extensions.retry_first_ms};
    spec.retry.longest = base::Milliseconds{extensions.retry_longest_ms};
    spec.batch_bytes_max = static_cast<std::size_t>(extensions.batch_bytes_max);
}

MappingExtensions extensions_of(const triggers::TriggerSpec& spec) {
    return {.on_poison = spec.on_poison == OnPoison::Park ? "park" : "give-up",
            .polling = spec.polling == Polling::Aws ? "aws" : "doorbell",
            .retry_first_ms = spec.retry.first.count(),
            .retry_longest_ms = spec.retry.longest.count(),
            .batch_bytes_max = static_cast<std::int64_t>(spec.batch_bytes_max)};
}

}  // namespace millbeck::runtime::lambda
