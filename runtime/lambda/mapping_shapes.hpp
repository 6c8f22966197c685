// The members of a mapping's requests, each by itself: type, range, pattern.
#pragma once

#include "runtime/lambda/mapping_settings.hpp"
#include "runtime/lambda/member_reader.hpp"

namespace millbeck::runtime::lambda {

// What is absent leaves `to` as it is; what is wrong is noted in the reader.
void read_shapes(MemberReader& reader, MappingSettings& to);

// EventSourceArn and StartingPosition, which only a new mapping has; absent: empty.
void read_source_shapes(MemberReader& reader, MappingSettings& to);

// The ARN at `when` ("OnFailure") of a DestinationConfig; "" when there is none. `path` is how its
// members are called: "destinationConfig.onFailure.".
std::string read_destination(MemberReader& config, const char* when, const std::string& path);

}  // namespace millbeck::runtime::lambda
