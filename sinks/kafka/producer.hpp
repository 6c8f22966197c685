// A producer's handle, the thread that hears its reports, and the flights that are under way.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "sinks/kafka/client.hpp"
#include "sinks/kafka/outgoing.hpp"

namespace millbeck::sinks::kafka {

// The offsets that one partition gave to the messages of a flight.
struct OffsetRange {
    std::int64_t first = -1;  // -1: none of them went there
    std::int64_t last = -1;
};

// Messages on their way, and what came back of them. Its members are the Producer's.
struct Flight {
    std::string topic;
    std::atomic<std::size_t> open{1};  // messages without a report; and one until all are launched
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;  // the first one
    std::vector<OffsetRange> offsets;                        // by partition
    bool is_done = false;
};
using FlightPtr = std::shared_ptr<Flight>;

// Invariants: a flight ends: by reports, or with the producer.
// Threads:    any.
class Producer {
  public:
    // Needs no broker. Errors: Invalid: librdkafka refuses a setting.
    static base::Result<std::unique_ptr<Producer>> open(const KafkaOptions& options,
                                                        const Names& names, Role role,
                                                        const base::Clock& clock);
    ~Producer();
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    // Gives these messages to librdkafka, in order; waits for room in its queue until `deadline`
    // or cut(): then the flight has failed, with a part of them under way.
    FlightPtr launch(const std::string& topic, const OutgoingBatch& batch, std::size_t messages,
                     base::Instant deadline);

    // A single message, for the sink's own records.
    FlightPtr launch_one(const std::string& topic, std::string_view key, std::string_view value,
                         bool is_tombstone, base::Instant deadline);

    // Ok: every message is durable (in a transaction: until it ends otherwise). DeadlineExceeded,
    // Cancelled (cut()), or why one of them was not taken.
    base::Status wait(const FlightPtr& flight, base::Instant deadline);

    // Ends all waiting, now and later.
    void cut();
    [[nodiscard]] bool is_cut() const { return is_cut_; }

    // librdkafka has given up for good; a new producer is needed.
    [[nodiscard]] bool is_dead() const;

    // `what` did not end in time: with what is known of the brokers' state.
    [[nodiscard]] base::Error too_late(std::string_view what) const;

    [[nodiscard]] rd_kafka_t* handle() const { return handle_.get(); }

  private:
    struct Sending;

    explicit Producer(const base::Clock& clock) : clock_(clock) {}
    FlightPtr begin(const std::string& topic);
    bool send(Sending& sending, const Outgoing& message, base::Instant deadline);
    bool wait_for_room(base::Instant deadline);
    void fail(Flight& flight, rd_kafka_resp_err_t error);
    void count_down(Flight& flight);
    void report(const rd_kafka_message_t& message);
    void hear(const std::stop_token& stop);

    const base::Clock& clock_;
    std::atomic<bool> is_cut_{false};
    std::atomic<bool> is_room_wanted_{false};
    mutable base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::map<Flight*, FlightPtr> flights_ MB_GUARDED_BY(mutex_);
    std::string trouble_ MB_GUARDED_BY(mutex_);  // what librdkafka said last of the brokers
    Handle handle_;
    std::jthread hearing_;
};

}  // namespace millbeck::sinks::kafka
