// How every room reports what the world did wrong, and how it stops on its own bugs.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace millbeck::base {

// Chosen by what the caller should do next; the wire names are runtime/api's (error_map).
enum class Code {
    Invalid,           // the request breaks a rule: fix it            (ValidationException)
    Malformed,         // the bytes are not what the type asks for      (SerializationException)
    NotFound,          // no such table, stream, shard, trigger         (ResourceNotFoundException)
    InUse,             // exists already, or is changing                (ResourceInUseException)
    ConditionFailed,   // the item is not as the caller asked    (ConditionalCheckFailedException)
    LimitExceeded,     // too much at once or in all                    (LimitExceededException)
    Trimmed,           // the data is past retention                    (TrimmedDataAccessException)
    Expired,           // the iterator is too old: ask for a new one    (ExpiredIteratorException)
    Unsupported,       // valid on AWS, not built here                  (ValidationException)
    UnknownOperation,  // no such operation                             (UnknownOperationException)
    Unavailable,       // full, stopping, or not ready: try again later
    DeadlineExceeded,  // did not finish in the time given: try again
    Cancelled,         // stopped on request
    NoSpace,           // the disk is full: make room, then try again
    Io,                // the operating system or a server refused
    Corrupt,           // stored bytes fail their checksum or format: give up
    Internal,          // our bug, reported instead of aborting because data is safe
};

// "Invalid", "NotFound", ...; for logs and tests, never for the wire.
std::string_view to_string(Code code);

// True for the codes where the same call may succeed later without a change: Unavailable,
// DeadlineExceeded, NoSpace, Io. One table for all rooms.
bool retryable(Code code);

struct Error {
    Code code = Code::Internal;
    std::string message;  // one sentence that says what happened and, to a user, what to do

    friend bool operator==(const Error&, const Error&) = default;
};

// A value or an Error; dropping one is a compile error.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  public:
    using tl::expected<T, Error>::expected;
    // NOLINTNEXTLINE(google-explicit-constructor): tl's own combinators return the base class.
    Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
};
using Status = Result<void>;

// `return fail(Code::NotFound, "Requested resource not found");`
inline tl::unexpected<Error> fail(Code code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

// The same error with its place in front: `forward shard-3: append: no space left`.
inline tl::unexpected<Error> with_context(std::string_view context, Error error) {
    error.message.insert(0, ": ").insert(0, context);
    return tl::unexpected<Error>(std::move(error));
}

// Prints the text, the place and errno-free context to stderr, then aborts. For broken invariants.
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               std::string_view message);

}  // namespace millbeck::base

#define MB_CONCAT_INNER(a, b) a##b
#define MB_CONCAT(a, b) MB_CONCAT_INNER(a, b)

// MB_TRY(auto x, f()); binds the value or returns the error to the caller.
#define MB_TRY_INNER(name, declaration, expression)                                       \
    auto name = (expression);                                                             \
    if (!name) return ::tl::unexpected<::millbeck::base::Error>(std::move(name).error()); \
    declaration = std::move(*name)
#define MB_TRY(declaration, expression) \
    MB_TRY_INNER(MB_CONCAT(mb_try_, __LINE__), declaration, expression)

// MB_TRY_STATUS(f()); returns the error of a Status to the caller.
#define MB_TRY_STATUS(expression)                  \
    if (auto mb_status = (expression); !mb_status) \
    return ::tl::unexpected<::millbeck::base::Error>(std::move(mb_status).error())

// A broken invariant is our bug: aborts in release builds too.
#define MB_CHECK(condition, message)    \
    ((condition) ? static_cast<void>(0) \
                 : ::millbeck::base::check_failed(__FILE__, __LINE__, #condition, (message)))
