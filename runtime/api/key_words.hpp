// The key of an item as people type it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/key_schema.hpp"
#include "shardlog/item.hpp"

namespace millbeck::runtime {

// One word that begins with `{` is a Key as the API has it. Else each word is `NAME=VALUE`, or all
// are values in the order of the schema; the types are the schema's, a binary value is base64.
// Invalid, in words that show how this table's key is written.
base::Result<shardlog::Item> key_of_words(const std::vector<std::string>& words,
                                          const capture::KeySchema& keys);

// The same from a JSON array of the words.
base::Result<shardlog::Item> key_of_parameter(std::string_view json,
                                              const capture::KeySchema& keys);

}  // namespace millbeck::runtime
