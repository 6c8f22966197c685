// NextToken of a statement: where its reading goes on. Opaque to clients; a token of another
// statement, or one that was changed, is refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "shardlog/item.hpp"

namespace millbeck::runtime {

using Fingerprint = std::array<std::uint64_t, 2>;  // of a statement and its parameters

// In which of a statement's ranges, and behind which item of it.
struct ReadPosition {
    std::uint32_t range = 0;
    std::optional<shardlog::Item> start_after;
};

// `last_key`: canonical text, or "" for the beginning of the range.
std::string make_next_token(const Fingerprint& statement, std::uint32_t range,
                            std::string_view last_key);

// Errors: Invalid, with the service's texts.
base::Result<ReadPosition> read_next_token(const Fingerprint& statement, std::string_view token);

}  // namespace millbeck::runtime
