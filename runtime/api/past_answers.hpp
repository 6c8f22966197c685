// What was: an item at a moment, and everything that was done to it.
//   GET item?table=T&key=["id=7"]&as_of=MOMENT
//       {"as_of":SEQUENCE,"time":..,"item":{..} or null}; without as_of what is there now
//   GET history?table=T&key=[..]&from=MOMENT&to=MOMENT&order=oldest|newest&limit=N
//       {"versions":[{"sequence":..,"time":..,"event":..,"new":{..},"old":{..}}],"more":false,
//        "reaches_back_to":{"sequence":..,"time":..}}
// Moments: see runtime/past_position.hpp; keys: see key_words.hpp.
#pragma once

#include <string>

#include "base/result.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/query.hpp"

namespace millbeck::runtime {

inline constexpr std::uint64_t kVersionsMax = 10'000;  // of one answer

// The body of the answer. Errors: those of TableStore's past; Invalid in words about the query.
base::Result<std::string> item_answer(const ApiContext& context, const Target& target);
base::Result<std::string> history_answer(const ApiContext& context, const Target& target);

}  // namespace millbeck::runtime
