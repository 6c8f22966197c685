// What the committer counts.
#pragma once

#include "base/metrics.hpp"

namespace millbeck::capture {

// Registers itself; borrows the registry.
struct CommitterMetrics {
    explicit CommitterMetrics(base::Metrics& metrics);

    base::Counter& commits_total;
    base::Counter& records_total;
    base::Counter& unchanged_total;
    base::Counter& refused_total;
    base::Counter& refused_commits_total;
    base::Counter& groups_total;
    base::Histogram& group_seconds;
};

}  // namespace millbeck::capture
