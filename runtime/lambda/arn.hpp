// What an ARN looks like: by hand, as a regular expression over a request is slow and deep.
#pragma once

#include <string_view>

namespace millbeck::runtime::lambda {

// `us-east-1`: two letters, words, one digit at the end, with hyphens between.
bool is_region(std::string_view text);

// 12 digits.
bool is_account(std::string_view text);

// `arn:aws:service:region:account:resource`, where region and account may be empty.
// Source: lambda service model, Arn.
bool is_arn(std::string_view text);

}  // namespace millbeck::runtime::lambda
