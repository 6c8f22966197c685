// How Lambda's REST API says no: the exceptions of its service model, each with its own spelling.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/result.hpp"

namespace millbeck::runtime::lambda {

// One exception of the service model.
struct LambdaException {
    unsigned status;
    std::string_view name;         // x-amzn-ErrorType
    std::string_view text_member;  // "Message" or "message": the model has both
    std::string_view fault;        // the member Type: "User", "Service", or "" for none
};

inline constexpr LambdaException kInvalidParameterValue{400, "InvalidParameterValueException",
                                                        "message", "User"};
// A value that breaks its shape (range, enumeration, pattern): the layer before the service.
inline constexpr LambdaException kValidation{400, "ValidationException", "message", ""};
// A value of another type than its shape's: the layer before both.
inline constexpr LambdaException kSerialization{400, "SerializationException", "Message", ""};
inline constexpr LambdaException kResourceNotFound{404, "ResourceNotFoundException", "Message",
                                                   "User"};
inline constexpr LambdaException kResourceConflict{409, "ResourceConflictException", "message",
                                                   "User"};
inline constexpr LambdaException kResourceInUse{400, "ResourceInUseException", "Message", "User"};
inline constexpr LambdaException kTooManyRequests{429, "TooManyRequestsException", "message",
                                                  "User"};
inline constexpr LambdaException kPreconditionFailed{412, "PreconditionFailedException", "Message",
                                                     "User"};
inline constexpr LambdaException kInvalidRequestContent{400, "InvalidRequestContentException",
                                                        "message", "User"};
inline constexpr LambdaException kRequestTooLarge{413, "RequestTooLargeException", "message",
                                                  "User"};
inline constexpr LambdaException kRequestEntityTooLarge{413, "RequestEntityTooLargeException",
                                                        "message", "User"};
inline constexpr LambdaException kInvalidRuntime{502, "InvalidRuntimeException", "Message",
                                                 "Server"};
inline constexpr LambdaException kService{500, "ServiceException", "Message", "Service"};
inline constexpr LambdaException kUnknownOperation{404, "UnknownOperationException", "message", ""};
inline constexpr LambdaException kMissingToken{403, "MissingAuthenticationTokenException",
                                               "message", ""};

// An exception and what it says.
struct LambdaError {
    LambdaException exception = kService;
    std::string message;
    std::string members{};  // more of the body, as JSON: `"Reason":"..."`; often empty
};

// A value, or the exception that the caller gets.
template <typename T>
using LambdaResult = tl::expected<T, LambdaError>;

// `return refuse(kResourceConflict, "...");`
inline tl::unexpected<LambdaError> refuse(const LambdaException& exception, std::string message) {
    return tl::unexpected<LambdaError>(LambdaError{exception, std::move(message)});
}

// What a room could not do, in the service's terms: what is wrong with the request is
// InvalidParameterValueException, what is missing ResourceNotFoundException, what cannot be done
// now TooManyRequestsException, the rest ServiceException.
LambdaError lambda_error(const base::Error& error);

// `{"Type":"User","message":"..."}`
std::string error_body(const LambdaError& error);

}  // namespace millbeck::runtime::lambda

// MB_LAMBDA_TRY(auto x, f()); binds the value of a LambdaResult or returns its error.
#define MB_LAMBDA_TRY_INNER(name, declaration, expression)                 \
    auto name = (expression);                                              \
    if (!name)                                                             \
        return ::tl::unexpected<::millbeck::runtime::lambda::LambdaError>( \
            std::move(name).error());                                      \
    declaration = std::move(*name)
#define MB_LAMBDA_TRY(declaration, expression) \
    MB_LAMBDA_TRY_INNER(MB_CONCAT(mb_lambda_, __LINE__), declaration, expression)

// MB_LAMBDA_TRY_STATUS(f()); the same for a LambdaResult<void>.
#define MB_LAMBDA_TRY_STATUS(expression)                               \
    if (auto mb_lambda_status = (expression); !mb_lambda_status)       \
    return ::tl::unexpected<::millbeck::runtime::lambda::LambdaError>( \
        std::move(mb_lambda_status).error())
