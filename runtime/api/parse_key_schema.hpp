// The keys of a table to be made: KeySchema and AttributeDefinitions, which must agree.
#pragma once

#include "base/result.hpp"
#include "capture/table.hpp"

namespace millbeck::runtime {

class Fields;

// `fields`: of a CreateTable whose constraints hold. Errors: Invalid, with the service's texts.
base::Result<capture::KeySchema> parse_key_schema(const Fields& fields);

}  // namespace millbeck::runtime
