// What is counted of a trigger, over all its shards. Label: trigger.
#pragma once

#include <string>

#include "base/metrics.hpp"

namespace millbeck::triggers {

// References into the registry, which outlives them.
struct TriggerMetrics {
    TriggerMetrics(base::Metrics& metrics, const std::string& trigger);

    base::Counter& records;              // acknowledged by the target
    base::Counter& bytes;                // of what was acknowledged
    base::Counter& batches;              // acknowledged by the target
    base::Counter& rows_copied;          // rows that a copy began with
    base::Counter& dropped;              // records that the filter let go
    base::Counter& failures;             // attempts that failed
    base::Counter& refusals;             // attempts in which the target was not asked
    base::Counter& parked;               // keys that were set aside
    base::Counter& gaps;                 // stretches given up: trimmed or expired
    base::Counter& read_failures;        // the log could not be read
    base::Counter& checkpoint_failures;  // progress could not be stored
    base::Gauge& iterator_age_seconds;   // age of the last record of the newest completed batch
    base::Histogram& put_to_ack_seconds;
};

}  // namespace millbeck::triggers
