// Is the request signed at all? Whose key it is and whether the signature fits are not looked at:
// any credentials and any region are accepted.
#pragma once

#include <optional>
#include <string>

#include "base/http_server.hpp"
#include "runtime/api/error_map.hpp"

namespace millbeck::runtime {

struct AuthenticationFault {
    WireError error;
    std::string message;
};

// Nothing when the request carries an Authorization header, or query parameters, with all the
// parts of Signature Version 4.
std::optional<AuthenticationFault> check_authentication(const base::HttpRequest& request);

}  // namespace millbeck::runtime
