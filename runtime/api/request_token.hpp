// ClientRequestToken of the calls that make transactions.
// Shows simdjson's types, so only the parsers' source files include it.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/api/fields.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Absent: the request has none. `content_member`: what the token stands for.
// Requires: both are members of the shape, and the content is there.
std::optional<TransactionToken> parse_request_token(const Fields& fields,
                                                    std::string_view content_member);

TransactionToken::Hash hash_of(std::string_view text);

}  // namespace millbeck::runtime
