// Injections that readers of a table's stream meet.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/api/api.hpp"

namespace millbeck::runtime {

// The bodies and answers are those of inject_answers.hpp. Requires: context.injection.

// `what`: "split-shard" or "roll-shard". Waits for the committer.
base::Result<std::string> inject_into_shards(std::string_view what, std::string_view text,
                                             const ApiContext& context);
base::Result<std::string> expire_iterators(std::string_view text, const ApiContext& context);
base::Result<std::string> trim_stream(std::string_view text, const ApiContext& context);

}  // namespace millbeck::runtime
