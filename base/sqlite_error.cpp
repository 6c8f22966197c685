#include "base/sqlite_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace millbeck::base {
namespace {

Code code_of(int sqlite_code) {
    if (sqlite_code == SQLITE_CONSTRAINT_UNIQUE || sqlite_code == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return Code::InUse;
    }
    constexpr int kPrimaryMask = 0xff;
    switch (sqlite_code & kPrimaryMask) {
        case SQLITE_FULL:
            return Code::NoSpace;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Code::Corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Code::Unavailable;
        case SQLITE_CONSTRAINT:
            return Code::Invalid;
        case SQLITE_ERROR:
        case SQLITE_MISUSE:
        case SQLITE_RANGE:
            return Code::Internal;
        default:
            return Code::Io;
    }
}

}  // namespace

tl::unexpected<Error> fail_sqlite(sqlite3* handle) {
    return fail(code_of(sqlite3_extended_errcode(handle)),
                fmt::format("sqlite: {}", sqlite3_errmsg(handle)));
}

}  // namespace millbeck::base
