// Requests of AWS's query protocol (a form as the body): IAM's and STS's.
#pragma once

#include "base/http_server.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/iam/iam_calls.hpp"

namespace millbeck::runtime::iam {

// True for `application/x-www-form-urlencoded`.
bool is_form(std::string_view content_type);

// Threads: handle() by any; never blocks.
class IamRoutes {
  public:
    // Requires: context.documents.
    explicit IamRoutes(const ApiContext& context);

    void handle(const base::HttpRequest& request, const base::Responder& respond);

  private:
    const shardlog::Identity identity_;
    base::Random& random_;
    IamCalls calls_;
    ControlLane lane_;  // destroyed first: its last tasks use the calls
};

}  // namespace millbeck::runtime::iam
