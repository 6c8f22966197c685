// What the admin routes say of redrives of dead letters.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/redrive/redriver.hpp"

namespace millbeck::runtime {

// All give `{"redrives":[{"id":..,"trigger":..,"function":..,"state":"waiting|running|ended",
// "letters":..,"redriven":..,"records":..,"failed":..,"skipped":..,"cancelled":..,"error":..,
// "notes":[{"number":..,"kind":..,"text":..,"keys":[..],"keys_count":..}]}]}` and a newline.

// `{"numbers":[1,2]}` or `{"trigger":T}` or `{"all":true}`, with `"rate":N` (records per second of
// each trigger; 0: no limit) and `"force":true`: those that were begun. Reads a database. Errors:
// Invalid, and those of Redriver::begin().
base::Result<std::string> begin_redrive(Redriver& redriver, std::string_view body);

// All that are known.
std::string redrives_json(const Redriver& redriver);

// `{"id":N}` or `{}` for all: those that are known. Invalid: another body.
base::Result<std::string> cancel_redrives(Redriver& redriver, std::string_view body);

// Nothing runs or waits.
bool redrives_ended(const Redriver& redriver);

}  // namespace millbeck::runtime
