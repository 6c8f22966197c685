// Which version a call reaches, and what is told when it reaches none. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/lambda/function_record.hpp"
#include "runtime/lambda/lambda_error.hpp"
#include "sinks/handler/handler.hpp"

namespace millbeck::runtime::lambda {

// Of "", "$LATEST", a number or an alias; an alias with weights leads to its other version when
// `draw` (0 .. 1) is below that version's weight. null: there is none.
const FunctionVersion* resolve(const FunctionRecord& record, std::string_view qualifier,
                               double draw);

// A function of the configuration file, as far as Lambda's terms can tell it.
FunctionRecord record_of_configured(const sinks::HandlerOptions& handler);

// True when processes of the one may go on as the other: same code, same environment and limits.
// Code that is used in place is another at each change.
bool runs_alike(const FunctionVersion& before, const FunctionVersion& now);

// The names of the folders that its versions need.
std::set<std::string> code_folders(const FunctionRecord& record);

// 429, for reserved concurrency or for the account's.
LambdaError throttled(bool by_reservation);

// Why a function was not asked, as Invoke tells it.
LambdaError refusal_of(const base::Error& error);

}  // namespace millbeck::runtime::lambda
