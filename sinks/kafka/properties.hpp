// Which of librdkafka's properties may be passed on, and which would break the promise.
// Source: librdkafka's CONFIGURATION.md.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::sinks::kafka {

// Errors: Invalid, with the property's name and never its value.
base::Status check_properties(const std::map<std::string, std::string>& properties);

// Whether a property's value may be a secret: then librdkafka's own words on it are not shown.
bool is_secret(std::string_view property);

}  // namespace millbeck::sinks::kafka
