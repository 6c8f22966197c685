#include "capture/committer_metrics.hpp"

namespace millbeck::capture {

CommitterMetrics::CommitterMetrics(base::Metrics& metrics)
    : commits_total(metrics.counter("millbeck_capture_commits_total",
                                    "Atomic commits answered with success.")),
      records_total(metrics.counter("millbeck_capture_records_total",
                                    "Changes of items logged and applied.")),
      unchanged_total(metrics.counter("millbeck_capture_unchanged_writes_total",
                                      "Writes that left their item as it was: no record.")),
      refused_total(metrics.counter("millbeck_capture_refused_requests_total",
                                    "Requests refused by the committer after their checks.")),
      refused_commits_total(metrics.counter("millbeck_capture_refused_commits_total",
                                            "Atomic commits that a condition or an update kept "
                                            "from happening.")),
      groups_total(metrics.counter("millbeck_capture_groups_total",
                                   "Group commits: one sync of the log each.")),
      group_seconds(metrics.histogram("millbeck_capture_group_seconds",
                                      "Time from taking a group to having answered it.")) {}

}  // namespace millbeck::capture
