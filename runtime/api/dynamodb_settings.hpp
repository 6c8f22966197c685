// Tags, and what a table or an account has beyond its items: TagResource, UntagResource,
// ListTagsOfResource, DescribeLimits, DescribeEndpoints, DescribeTimeToLive,
// UpdateTimeToLive.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any. Calls that change tags answer from the control lane.
class SettingRoutes {
  public:
    SettingRoutes(const ApiContext& context, ControlLane& lane) : context_(context), lane_(lane) {}

    void handle(TagResourceRequest request, const Reply& reply);
    void handle(UntagResourceRequest request, const Reply& reply);
    void handle(const ListTagsRequest& request, Reply reply);
    void handle(const DescribeLimitsRequest& request, Reply reply);
    void handle(const DescribeEndpointsRequest& request, Reply reply);
    void handle(const DescribeTimeToLiveRequest& request, Reply reply);
    void handle(UpdateTimeToLiveRequest request, const Reply& reply);

  private:
    void change_tags(capture::TableUpdate update, std::string arn, const Reply& reply);

    ApiContext context_;
    ControlLane& lane_;
};

}  // namespace millbeck::runtime
