// The item parser for those who hold simdjson elements already (a parsed request).
// Includes simdjson: for .cpp files only.
#pragma once

#include <simdjson.h>

#include "base/result.hpp"
#include "shardlog/item.hpp"
#include "shardlog/wire_types.hpp"
#include "shardlog/wording.hpp"

namespace millbeck::shardlog {

// As parse_item(std::string_view); `attributes` is the value of `Item`, `Key`, ... and not null.
// Null inside counts as absent. When a value rule is broken and a JSON kind is wrong as well, the
// kind wins, as it does at the service. Wherever two rules of a kind are broken, which is named is
// not specified.
// Threads: any; uses scratch memory of the calling thread.
base::Result<Item> parse_item(simdjson::dom::element attributes, Wording wording = Wording::Older);

// From JSON text, as item.hpp's.
base::Result<Item> parse_item(std::string_view json, Wording wording);

}  // namespace millbeck::shardlog
