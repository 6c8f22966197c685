// The settings of capacity that are told and never enforced: maxima of on-demand tables and warm
// throughput, of tables and of their global indexes. Pure, with the service's messages.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "capture/table_store.hpp"

namespace millbeck::capture {

// What every on-demand table can serve at once. Source: Developer guide, "Warm throughput".
inline constexpr Throughput kWarmOnDemand{12'000, 4'000};

// `index`: "" for the table itself. Errors of all: Invalid, with what is changed undefined.

// Of a table or an index that is made: OnDemandThroughput only on demand, from 1.
base::Result<Throughput> new_maximum(const UnitsChange& asked, BillingMode billing,
                                     std::string_view index);
// WarmThroughput is at least what the billing mode starts with; what was not asked for stays 0.
base::Result<Throughput> new_warm(const UnitsChange& asked, BillingMode billing,
                                  const Throughput& units, std::string_view index);

// Changes members that are given; -1 takes one away. Source: API_OnDemandThroughput.
base::Status change_maximum(Throughput& maximum, const UnitsChange& asked, BillingMode billing,
                            std::string_view index);
// Members never become less. Source: API_WarmThroughput.
base::Status change_warm(Throughput& warm, const UnitsChange& asked, std::string_view index);

// Warm throughput follows the highest units that a table or an index ever had; provisioned ones
// keep no maximum. After any change, and when made.
void settle_capacity(Throughput& maximum, Throughput& warm, BillingMode billing,
                     const Throughput& units);

}  // namespace millbeck::capture
