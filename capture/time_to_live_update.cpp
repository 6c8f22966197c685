#include "capture/time_to_live_update.hpp"

#include <string>

namespace millbeck::capture {

using base::Code;
using base::fail;
using base::Status;

Status check_time_to_live(const std::optional<TimeToLive>& present,
                          const TimeToLiveUpdate& update) {
    if (present && update.attribute != present->attribute) {
        return fail(Code::Invalid,
                    "TimeToLive is active on a different AttributeName: current AttributeName is " +
                        present->attribute);
    }
    if (present.has_value() == update.enabled) {
        return fail(Code::Invalid, std::string("TimeToLive is already ") +
                                       (update.enabled ? "enabled" : "disabled"));
    }
    return {};
}

}  // namespace millbeck::capture
