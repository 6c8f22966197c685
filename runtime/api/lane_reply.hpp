// Calls that are answered on the control lane.
#pragma once

#include <utility>

#include "runtime/api/control_lane.hpp"
#include "runtime/api/reply.hpp"

namespace millbeck::runtime {

// `work` is given the reply on the lane's thread; a lane that is full answers at once.
template <typename Work>
void answer_in(ControlLane& lane, const Reply& reply, Work work) {
    const base::Status posted = lane.post(
        [work = std::move(work), answer = Reply(reply)]() mutable { work(std::move(answer)); });
    if (!posted) {
        Reply(reply).fail(posted.error());  // the task and its copy are gone
    }
}

}  // namespace millbeck::runtime
