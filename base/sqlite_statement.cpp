#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/sqlite.hpp"
#include "base/sqlite_error.hpp"

namespace millbeck::base {
namespace {

void check_bound(int result) {
    MB_CHECK(result == SQLITE_OK,
             fmt::format("sqlite bind: {} (wrong index, or in the middle of rows)",
                         sqlite3_errstr(result)));
}

}  // namespace

Statement::Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

Statement& Statement::bind(int index, std::int64_t value) {
    check_bound(sqlite3_bind_int64(handle_, index, value));
    return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
    // A null pointer would bind NULL: the empty view has one.
    const char* start = text.data() == nullptr ? "" : text.data();
    check_bound(
        sqlite3_bind_text64(handle_, index, start, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
    const char* start = bytes.data() == nullptr ? "" : bytes.data();
    check_bound(sqlite3_bind_blob64(handle_, index, start, bytes.size(), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bind_real(int index, double value) {
    check_bound(sqlite3_bind_double(handle_, index, value));
    return *this;
}

Statement& Statement::bind_null(int index) {
    check_bound(sqlite3_bind_null(handle_, index));
    return *this;
}

Result<bool> Statement::step() {
    const int result = sqlite3_step(handle_);
    if (result == SQLITE_ROW) {
        return true;
    }
    if (result == SQLITE_DONE) {
        reset();
        return false;
    }
    auto error = fail_sqlite(sqlite3_db_handle(handle_));
    reset();
    return error;
}

Status Statement::run() {
    for (;;) {
        MB_TRY(const bool row, step());
        if (!row) {
            return {};
        }
    }
}

void Statement::reset() {
    // Both repeat the error of the last step, which step() has reported.
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
}

int Statement::column_count() const {
    return sqlite3_column_count(handle_);
}

std::int64_t Statement::column_int(int index) const {
    return sqlite3_column_int64(handle_, index);
}

double Statement::column_real(int index) const {
    return sqlite3_column_double(handle_, index);
}

Storage Statement::column_storage(int index) const {
    switch (sqlite3_column_type(handle_, index)) {
        case SQLITE_INTEGER:
            return Storage::Integer;
        case SQLITE_FLOAT:
            return Storage::Real;
        case SQLITE_TEXT:
            return Storage::Text;
        case SQLITE_BLOB:
            return Storage::Blob;
        default:
            return Storage::Null;
    }
}

std::string Statement::column_text(int index) const {
    const void* start = sqlite3_column_blob(handle_, index);
    const int bytes = sqlite3_column_bytes(handle_, index);
    if (start == nullptr || bytes <= 0) {
        return {};
    }
    return {static_cast<const char*>(start), static_cast<std::size_t>(bytes)};
}

bool Statement::column_is_null(int index) const {
    return sqlite3_column_type(handle_, index) == SQLITE_NULL;
}

}  // namespace millbeck::base
