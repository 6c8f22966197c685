// What the ARNs of queues, topics, buckets and functions stand for on this node.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/config/config.hpp"
#include "runtime/failure_destinations.hpp"
#include "runtime/lambda/lambda_error.hpp"
#include "triggers/finished_call.hpp"

namespace millbeck::runtime {

// Threads: any, once it is made.
class DestinationTable {
  public:
    // `usual` takes what no other destination is told to take; outlives this. Invalid: a place
    // that is none; says where it stands.
    static base::Result<std::unique_ptr<DestinationTable>> open(
        const DestinationContext& context, const std::vector<DestinationConfig>& configured,
        triggers::CallDestination& usual);

    // As the configuration says; a function's own ARN stands for the function. nullptr: the
    // dead-letter store. InvalidParameterValueException: no ARN of a function, though it says so.
    [[nodiscard]] lambda::LambdaResult<std::shared_ptr<triggers::Destination>> find(
        const std::string& arn) const;

    // Whether the configuration says what it stands for.
    [[nodiscard]] bool has(const std::string& arn) const { return by_arn_.contains(arn); }

    // Tells the destination of an ARN ("" is the dead-letter store) how a call ended.
    base::Status hand_over(const std::string& arn, const triggers::FinishedCall& call);

  private:
    DestinationTable(const DestinationContext& context, triggers::CallDestination& usual)
        : context_(context), usual_(usual) {}

    const DestinationContext context_;
    triggers::CallDestination& usual_;
    std::map<std::string, std::shared_ptr<triggers::Destination>> by_arn_;
};

}  // namespace millbeck::runtime
