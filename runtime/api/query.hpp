// The part of a request's target after the question mark.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace millbeck::runtime {

// `/_millbeck/v1/tail?table=a%20b` is its path and its decoded parameters. Invalid: bad escapes, or
// a parameter twice.
struct Target {
    std::string_view path;
    std::map<std::string, std::string> parameters;

    // The parameter's text, or `fallback`.
    [[nodiscard]] std::string text(const std::string& name, std::string_view fallback) const;
    // Invalid when it is there and not a whole number from 0 to `most`.
    [[nodiscard]] base::Result<std::uint64_t> number(const std::string& name,
                                                     std::uint64_t fallback,
                                                     std::uint64_t most) const;
};
base::Result<Target> parse_target(std::string_view target);

// The decoded parameters in their order; a name may come more than once. Invalid: bad escapes.
using Parameters = std::vector<std::pair<std::string, std::string>>;
base::Result<Parameters> parse_parameters(std::string_view query);

// What a plus sign is: a blank in a query, itself in a path.
enum class Plus { IsBlank, IsPlus };
// The text without its escapes. Invalid: a bad one.
base::Result<std::string> percent_decode(std::string_view text, Plus plus);

// The text with everything but letters, digits and -._~ escaped.
std::string percent_encode(std::string_view text);

}  // namespace millbeck::runtime
