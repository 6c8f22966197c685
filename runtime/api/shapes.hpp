// The request shapes of the calls that are built. What the model has and this program does not is
// listed too, as Refused; members that no model has are ignored, as the service does.
// Source: service models dynamodb and streams.dynamodb of 2012-08-10; order and texts as captured
// from the service, see README.
#pragma once

#include "runtime/api/operation.hpp"
#include "runtime/api/shape.hpp"

namespace millbeck::runtime {

const Shape& shape_of(Operation operation);

namespace shapes {
extern const Shape kAttributeDefinition;
extern const Shape kKeySchemaElement;
extern const Shape kProvisionedThroughput;
extern const Shape kStreamSpecification;
extern const Shape kTag;
extern const Shape kWriteRequest;
extern const Shape kPutRequest;
extern const Shape kDeleteRequest;
extern const Shape kKeysAndAttributes;
extern const Shape kShardFilter;
}  // namespace shapes

}  // namespace millbeck::runtime
