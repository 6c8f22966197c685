#include "runtime/lambda/lambda_error.hpp"

#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

std::string json_text(std::string_view text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

const LambdaException& exception_of(base::Code code) {
    switch (code) {
        case base::Code::Invalid:
        case base::Code::Malformed:
        case base::Code::Unsupported:
            return kInvalidParameterValue;
        case base::Code::NotFound:
            return kResourceNotFound;
        case base::Code::InUse:
            return kResourceConflict;
        case base::Code::LimitExceeded:
        case base::Code::Unavailable:
            return kTooManyRequests;
        default:
            return kService;
    }
}

}  // namespace

LambdaError lambda_error(const base::Error& error) {
    return {exception_of(error.code), error.message};
}

std::string error_body(const LambdaError& error) {
    std::string body = "{";
    if (!error.exception.fault.empty()) {
        body.append("\"Type\":").append(json_text(error.exception.fault)) += ',';
    }
    if (!error.members.empty()) {
        body.append(error.members) += ',';
    }
    body.append(json_text(error.exception.text_member)) += ':';
    return body.append(json_text(error.message)) += '}';
}

}  // namespace millbeck::runtime::lambda
