// Key attributes: AttributeDefinitions, which give their types, and KeySchema, of a table or of one
// of its indexes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "capture/key_schema.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace millbeck::runtime {

// Names differ.
using Definitions = std::vector<capture::KeyAttribute>;

// `AttributeDefinitions`, whose constraints hold. Errors of all: Invalid, with the service's texts.
base::Result<Definitions> parse_definitions(simdjson::dom::element list);

// Single: at most one HASH and one RANGE attribute. Multiple: a global index's, up to four of each.
enum class KeyArity : std::uint8_t { Single, Multiple };

// A `KeySchema`, whose constraints hold.
base::Result<capture::KeySchema> parse_key_schema(simdjson::dom::element list,
                                                  const Definitions& definitions, KeyArity arity);

// Every definition is of a key of the table; `keys` has its attributes.
base::Status check_definitions_match(const Definitions& definitions,
                                     const capture::KeySchema& keys);
// Every definition is of some key. First the table's keys, then those of its indexes.
base::Status check_definitions_used(const Definitions& definitions,
                                    const std::vector<const capture::KeySchema*>& keys);

}  // namespace millbeck::runtime
