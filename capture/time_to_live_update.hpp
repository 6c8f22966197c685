// What UpdateTimeToLive may change, as a pure decision with the service's messages.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "capture/index.hpp"
#include "capture/table_store.hpp"

namespace millbeck::capture {

// Invalid when nothing would change, or another attribute than the present one is named.
// Source: API_UpdateTimeToLive.
base::Status check_time_to_live(const std::optional<TimeToLive>& present,
                                const TimeToLiveUpdate& update);

}  // namespace millbeck::capture
