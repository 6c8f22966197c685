// Calls of DynamoDB's API, signed; and what their answers mean.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/dynamodb/aws_signature.hpp"
#include "sinks/dynamodb/dynamodb_options.hpp"
#include "sinks/http/http_lanes.hpp"

namespace millbeck::sinks {

// Threads: as HttpLanes.
class DynamoDbEndpoint {
  public:
    static base::Result<std::unique_ptr<DynamoDbEndpoint>> open(const DynamoDbOptions& options,
                                                                const base::Clock& clock);

    struct Call {
        std::string_view operation;  // "PutItem"
        std::string body;
    };
    struct Answer {
        enum class Kind {
            Done,
            Older,      // the condition failed: what is there is newer
            Throttled,  // or not reached: nobody has seen the call
            Refused,    // this very request
            Failed,     // nobody knows
        };
        Kind kind = Kind::Done;
        std::string body;
        base::Error error;
    };
    std::vector<Answer> call(std::vector<Call> calls, base::Instant deadline);
    // One call whose answer is wanted.
    base::Result<std::string> ask(Call call, base::Instant deadline);

    void stop(base::Instant deadline) { lanes_->stop(deadline); }

  private:
    DynamoDbEndpoint(const DynamoDbOptions& options, const base::Clock& clock);
    [[nodiscard]] HttpCall sign(Call call, AwsSigningKey& made) const;
    static Answer read(HttpAnswer answer);

    const DynamoDbOptions& options_;
    const base::Clock& clock_;
    std::string host_;
    std::unique_ptr<HttpLanes> lanes_;
};

}  // namespace millbeck::sinks
