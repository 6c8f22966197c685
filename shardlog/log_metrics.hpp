// The log's numbers under their names on `/metrics`.
#pragma once

#include "base/metrics.hpp"

namespace millbeck::shardlog {

struct LogMetrics {
    explicit LogMetrics(base::Metrics& metrics)
        : appended_bytes(metrics.counter("millbeck_shardlog_appended_bytes_total",
                                         "Bytes of frames made durable.")),
          appended_records(
              metrics.counter("millbeck_shardlog_appended_records_total", "Records made durable.")),
          syncs(metrics.counter("millbeck_shardlog_syncs_total", "Groups synced to disk.")),
          sync_seconds(metrics.histogram("millbeck_shardlog_sync_seconds",
                                         "Time to write and sync one group.")),
          published_sequence(metrics.gauge("millbeck_shardlog_published_sequence",
                                           "Newest position readers may see.")),
          segments(metrics.gauge("millbeck_shardlog_segments", "Segments of the log.")),
          bytes(metrics.gauge("millbeck_shardlog_bytes", "Bytes of the log's segments on disk.")),
          trimmed_records(metrics.counter("millbeck_shardlog_trimmed_records_total",
                                          "Records that left the log by retention.")),
          early_records(metrics.counter("millbeck_shardlog_early_trimmed_records_total",
                                        "Of the trimmed records, those that retention_bytes took "
                                        "before their time was over.")),
          refusing(metrics.gauge("millbeck_shardlog_out_of_space",
                                 "1 while writes are refused because the disk is full.")),
          torn_bytes(metrics.counter("millbeck_shardlog_torn_bytes_total",
                                     "Bytes cut at the log's end when it was opened.")) {}

    base::Counter& appended_bytes;
    base::Counter& appended_records;
    base::Counter& syncs;
    base::Histogram& sync_seconds;
    base::Gauge& published_sequence;
    base::Gauge& segments;
    base::Gauge& bytes;
    base::Counter& trimmed_records;
    base::Counter& early_records;
    base::Gauge& refusing;
    base::Counter& torn_bytes;
};

}  // namespace millbeck::shardlog
