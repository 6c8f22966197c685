// TagResource, UntagResource, ListTags: one path for all that can have tags.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "runtime/lambda/lambda_error.hpp"
#include "runtime/lambda/route_table.hpp"

namespace millbeck::runtime::lambda {

// By key.
using Tags = std::map<std::string, std::string>;

inline constexpr std::size_t kTagsMax = 50;  // of one resource

// Of one kind of resource, told by what its ARNs hold.
struct TagHolder {
    std::string_view kind;  // ":event-source-mapping:", ":function:"
    // Both get the ARN. ResourceNotFoundException.
    std::function<LambdaResult<Tags>(const std::string& arn)> tags;
    // `change` gets the tags there are and leaves those there shall be.
    std::function<LambdaResult<void>(const std::string& arn,
                                     const std::function<LambdaResult<void>(Tags&)>& change)>
        change;
};

// What a resource may have: how many, how long, and no key of the service's own.
// InvalidParameterValueException.
LambdaResult<void> check_tags(const Tags& tags);

// `{"key":"value"}` in the member Tags. InvalidParameterValueException.
LambdaResult<Tags> parse_tags(const nlohmann::json& body);

void add_tag_routes(RouteTable& table, std::vector<TagHolder> holders);

}  // namespace millbeck::runtime::lambda
