// Topics made where they are missing.
#pragma once

#include <map>
#include <string>

#include <librdkafka/rdkafka.h>

#include "base/result.hpp"
#include "sinks/kafka/patience.hpp"

namespace millbeck::sinks::kafka {

struct TopicWish {
    std::string name;
    unsigned partitions = 1;
    unsigned replication = 0;  // 0: as the broker says
    std::map<std::string, std::string> settings{};
};

// Errors: DeadlineExceeded, Cancelled; Unavailable: the brokers do not say.
base::Result<bool> is_topic_there(rd_kafka_t* handle, const std::string& topic,
                                  const Patience& patience);

enum class Found { There, Made };

// Where the brokers cannot make topics or do not let us, it passes for being there: producing to it
// tells.
// Errors: Invalid: the brokers refuse the wish; DeadlineExceeded, Cancelled; Unavailable.
base::Result<Found> ensure_topic(rd_kafka_t* handle, const TopicWish& wish,
                                 const Patience& patience);

}  // namespace millbeck::sinks::kafka
