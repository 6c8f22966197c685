// One call of a function, on its way to a process: by a batch or by a payload.
#pragma once

#include <string_view>

#include "sinks/handler/call_log.hpp"
#include "sinks/handler/event.hpp"
#include "sinks/handler/invoke.hpp"

namespace millbeck::sinks {

// Borrows the request, which outlives it.
struct Call {
    const InvokeRequest& request;
    CallLog* log = nullptr;  // filled as the call goes; null when nobody wants it

    [[nodiscard]] std::string_view request_id() const {
        return request.batch != nullptr ? std::string_view(request.batch->request_id)
                                        : request.request_id;
    }
    [[nodiscard]] EventBytes event(EventEnding ending) const {
        return request.batch != nullptr ? EventBytes(*request.batch, ending)
                                        : EventBytes(request.payload, ending);
    }
    [[nodiscard]] LogTail* tail() const { return log != nullptr ? &log->tail : nullptr; }
};

}  // namespace millbeck::sinks
