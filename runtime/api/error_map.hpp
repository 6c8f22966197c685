// How an Error looks on the wire: one table, no logic.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::runtime {

struct WireError {
    unsigned status = 500;
    std::string_view type;         // the __type member
    std::string_view text_member;  // "message", or "Message" where the service spells it so
};

// What to do is the client's to read off: 400 and 413 fix the request, 500 and 503 are repeated by
// every SDK with backoff.
// Source: DynamoDB developer guide, "Error handling".
const WireError& wire_error(base::Code code);

// Those that no code of a room stands for.
extern const WireError kTransactionCanceled;
extern const WireError kTransactionInProgress;
extern const WireError kIdempotentMismatch;
extern const WireError kDuplicateItem;
// Of the calls of backups and exports.
extern const WireError kTableNotFound;
extern const WireError kTableAlreadyExists;
extern const WireError kInvalidRestoreTime;
extern const WireError kPointInTimeRecoveryUnavailable;
extern const WireError kTableInUse;
extern const WireError kBackupNotFound;
extern const WireError kBackupInUse;
extern const WireError kExportNotFound;
extern const WireError kExportConflict;
extern const WireError kInvalidExportTime;

// `{"__type":"...","message":"..."}`; without a text member when `text` is empty. Bytes of `text`
// that are not UTF-8 become question marks. `members`: more of the body, as JSON: `"Item":{...}`.
std::string error_body(const WireError& error, std::string_view text,
                       std::string_view members = {});

}  // namespace millbeck::runtime
