// What an event source mapping of Millbeck can be beyond AWS: members of the same requests whose
// names begin with Millbeck. Not named, it is what AWS has.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/member_reader.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime::lambda {

struct MappingExtensions {
    std::string on_poison = "give-up";         // or "park"; see triggers::OnPoison
    std::string polling = "doorbell";          // or "aws"; see triggers::Polling
    std::int64_t retry_first_ms = 500;         // 1 .. 3'600'000
    std::int64_t retry_longest_ms = 60'000;    // retry_first_ms .. 86'400'000
    std::int64_t batch_bytes_max = 6'291'456;  // 1'024 .. 6'291'456, of the whole event

    friend bool operator==(const MappingExtensions&, const MappingExtensions&) = default;
};

// MillbeckOnPoison, MillbeckPolling, MillbeckRetryFirstInMilliseconds,
// MillbeckRetryLongestInMilliseconds, MillbeckBatchBytesMax. What is absent leaves `to` as it is.
void read_extensions(MemberReader& reader, MappingExtensions& to);

// All of them; with `but`, only those that differ from it.
nlohmann::json extensions_json(const MappingExtensions& extensions);
nlohmann::json extensions_json(const MappingExtensions& extensions, const MappingExtensions& but);

// Requires: extensions that were read.
void apply_extensions(const MappingExtensions& extensions, triggers::TriggerSpec& spec);
MappingExtensions extensions_of(const triggers::TriggerSpec& spec);

}  // namespace millbeck::runtime::lambda
