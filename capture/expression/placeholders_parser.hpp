// Placeholders of a parsed request, in the words of the layer that serves its call.
#pragma once

#include <span>

#include "base/result.hpp"
#include "capture/expression/placeholders.hpp"
#include "shardlog/wording.hpp"

namespace millbeck::capture::expression {

// As Placeholders::parse(). The older wording names a bad value, `ExpressionAttributeValues
// contains invalid value: ... for key :v`; the newer one says what is wrong with it and no more.
base::Result<Placeholders> parse_placeholders(const simdjson::dom::element* names,
                                              const simdjson::dom::element* values,
                                              shardlog::Wording wording);

// As the one of placeholders.hpp. Only the older wording says which expressions are missing.
base::Status check_parameters(std::span<const GivenParameter> expressions,
                              std::span<const GivenParameter> legacy, bool names_given,
                              bool values_given, shardlog::Wording wording);

}  // namespace millbeck::capture::expression
