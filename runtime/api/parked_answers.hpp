// What the admin routes answer about parked keys.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/api/query.hpp"
#include "runtime/trigger_manager.hpp"
#include "triggers/parking_lot.hpp"

namespace millbeck::runtime {

// trigger=NAME&above=NUMBER: {"parked": [...]}, at most 1000.
base::Result<std::string> list_parked(triggers::ParkingLot& lot, const Target& target);

// number=NUMBER&limit=COUNT: one with its first records (100; at most 1000). NotFound.
base::Result<std::string> show_parked(triggers::ParkingLot& lot, const Target& target);

// {"numbers": [...]}, at most 1000: the wish is stored, and the workers look at it. Answers
// {"wished": [...]} with the numbers that are parked.
base::Result<std::string> wish_parked(triggers::ParkingLot& lot, TriggerManager& manager,
                                      std::string_view body, triggers::Wish wish);

}  // namespace millbeck::runtime
