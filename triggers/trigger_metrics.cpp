#include "triggers/trigger_metrics.hpp"

namespace millbeck::triggers {

TriggerMetrics::TriggerMetrics(base::Metrics& metrics, const std::string& trigger)
    : records(metrics.counter("millbeck_triggers_records_total",
                              "Records acknowledged by the trigger's target",
                              {{"trigger", trigger}})),
      batches(metrics.counter("millbeck_triggers_batches_total",
                              "Batches acknowledged by the trigger's target",
                              {{"trigger", trigger}})),
      rows_copied(metrics.counter("millbeck_triggers_rows_copied_total",
                                  "Rows that were there already, acknowledged by a copy's target",
                                  {{"trigger", trigger}})),
      dropped(metrics.counter("millbeck_triggers_filtered_out_total",
                              "Records that matched no filter and were not delivered",
                              {{"trigger", trigger}})),
      failures(metrics.counter("millbeck_triggers_failures_total",
                               "Delivery attempts that failed and will be repeated",
                               {{"trigger", trigger}})),
      refusals(metrics.counter("millbeck_triggers_refusals_total",
                               "Delivery attempts in which the target was not asked",
                               {{"trigger", trigger}})),
      parked(metrics.counter("millbeck_triggers_parked_total",
                             "Keys that were set aside because they could not be delivered",
                             {{"trigger", trigger}})),
      gaps(metrics.counter("millbeck_triggers_gaps_total",
                           "Stretches of records that were given up, trimmed or expired",
                           {{"trigger", trigger}})),
      read_failures(metrics.counter("millbeck_triggers_read_failures_total",
                                    "Times a shard could not be read", {{"trigger", trigger}})),
      checkpoint_failures(metrics.counter("millbeck_triggers_checkpoint_failures_total",
                                          "Times a checkpoint could not be stored",
                                          {{"trigger", trigger}})),
      iterator_age_seconds(metrics.gauge("millbeck_triggers_iterator_age_seconds",
                                         "Age of the last record of the newest completed batch",
                                         {{"trigger", trigger}})),
      put_to_ack_seconds(metrics.histogram("millbeck_triggers_put_to_ack_seconds",
                                           "From a record's write to its acknowledgement",
                                           {{"trigger", trigger}})) {}

}  // namespace millbeck::triggers
