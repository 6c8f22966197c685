// Which key a table says it is encrypted with. Nothing is encrypted here: what is told is what was
// asked for, so that the same definitions of tables are good here and on the service.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::capture {

// The id of the key that the service manages in an account, alias/aws/dynamodb.
inline constexpr std::string_view kManagedKey = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";

// A KMSMasterKeyId as TableSpec keeps it: an id, or an ARN as given.
// Errors: Invalid for aliases of others, which nobody here could know, and for what is no key.
// Source: API_SSESpecification.
base::Result<std::string> encryption_key_of(std::string_view given);

// `before`, `after`: as in TableSpec. Invalid when the table has that key: the service's own, or
// one that was named by its ARN. Source: recorded of UpdateTable.
base::Status check_encryption_change(std::string_view before, std::string_view after);

}  // namespace millbeck::capture
