#include "sinks/kafka/producer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/thread_name.hpp"

namespace millbeck::sinks::kafka {

using base::Code;
using base::MutexLock;

namespace {

constexpr int kPollMilliseconds = 1'000;

rd_kafka_vu_t unit(rd_kafka_vtype_t type) {
    rd_kafka_vu_t made{};
    made.vtype = type;
    return made;
}

rd_kafka_vu_t memory(rd_kafka_vtype_t type, std::string_view text) {
    rd_kafka_vu_t made = unit(type);
    made.u.mem.ptr = const_cast<char*>(text.data());  // NOLINT: a C interface that only reads
    made.u.mem.size = text.size();
    return made;
}

}  // namespace

// What stays the same over the messages of a flight.
struct Producer::Sending {
    Flight* flight;
    Owned<rd_kafka_topic_t> topic;
    std::string_view shard_id;
    Content content = Content::Changes;

    // nullptr for the sink's own records, which have none.
    [[nodiscard]] Owned<rd_kafka_headers_t> headers_of(const Outgoing& message) const;
    [[nodiscard]] rd_kafka_resp_err_t produce(rd_kafka_t* handle, const Outgoing& message) const;
};

Owned<rd_kafka_headers_t> Producer::Sending::headers_of(const Outgoing& message) const {
    constexpr std::size_t kHeaders = 4;
    Owned<rd_kafka_headers_t> headers(rd_kafka_headers_new(kHeaders));
    const auto add = [&](std::string_view name, std::string_view value) {
        rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                            value.data(), static_cast<ssize_t>(value.size()));
    };
    add("sequence", message.id);
    add("event", to_string(message.event));
    add("shard", shard_id);
    if (content == Content::Rows) {
        add("snapshot", "true");
    }
    return headers;
}

rd_kafka_resp_err_t Producer::Sending::produce(rd_kafka_t* handle, const Outgoing& message) const {
    constexpr std::size_t kUnits = 7;
    std::array<rd_kafka_vu_t, kUnits> units{};
    std::size_t used = 0;
    units[used] = unit(RD_KAFKA_VTYPE_RKT);
    units[used++].u.rkt = topic.get();
    units[used] = unit(RD_KAFKA_VTYPE_MSGFLAGS);
    units[used++].u.i = RD_KAFKA_MSG_F_COPY;
    units[used++] = memory(RD_KAFKA_VTYPE_KEY, message.key);
    units[used] = unit(RD_KAFKA_VTYPE_OPAQUE);
    units[used++].u.ptr = flight;
    if (!message.is_tombstone) {
        units[used++] = memory(RD_KAFKA_VTYPE_VALUE, message.value);
    }
    if (message.milliseconds > 0) {
        units[used] = unit(RD_KAFKA_VTYPE_TIMESTAMP);
        units[used++].u.i64 = message.milliseconds;
    }
    Owned<rd_kafka_headers_t> headers;
    if (!shard_id.empty()) {
        headers = headers_of(message);
        units[used] = unit(RD_KAFKA_VTYPE_HEADERS);
        units[used++].u.headers = headers.get();
    }
    const Owned<rd_kafka_error_t> error(rd_kafka_produceva(handle, units.data(), used));
    if (error) {
        return rd_kafka_error_code(error.get());
    }
    static_cast<void>(headers.release());  // librdkafka's now
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

base::Result<std::unique_ptr<Producer>> Producer::open(const KafkaOptions& options,
                                                       const Names& names, Role role,
                                                       const base::Clock& clock) {
    MB_TRY(auto conf, make_conf(options, names, role));
    std::unique_ptr<Producer> producer(new Producer(clock));
    rd_kafka_conf_set_opaque(conf.get(), producer.get());
    rd_kafka_conf_set_dr_msg_cb(
        conf.get(), [](rd_kafka_t* /*handle*/, const rd_kafka_message_t* message, void* self) {
            static_cast<Producer*>(self)->report(*message);
        });
    rd_kafka_conf_set_error_cb(
        conf.get(), [](rd_kafka_t* /*handle*/, int /*code*/, const char* words, void* self) {
            auto& own = *static_cast<Producer*>(self);
            const MutexLock lock(own.mutex_);
            own.trouble_ = words;
        });
    MB_TRY(producer->handle_, make_handle(std::move(conf), RD_KAFKA_PRODUCER));
    producer->hearing_ =
        std::jthread([raw = producer.get()](const std::stop_token& stop) { raw->hear(stop); });
    return producer;
}

Producer::~Producer() {
    cut();
    if (hearing_.joinable()) {
        hearing_.request_stop();
        const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_get_main(handle_.get()));
        rd_kafka_queue_yield(queue.get());
        hearing_.join();
    }
    handle_.reset();
}

void Producer::hear(const std::stop_token& stop) {
    base::name_this_thread("kafka-reports");
    while (!stop.stop_requested()) {
        rd_kafka_poll(handle_.get(), kPollMilliseconds);
    }
}

FlightPtr Producer::begin(const std::string& topic) {
    auto flight = std::make_shared<Flight>();
    flight->topic = topic;
    const MutexLock lock(mutex_);
    flights_.emplace(flight.get(), flight);
    return flight;
}

FlightPtr Producer::launch(const std::string& topic, const OutgoingBatch& batch,
                           std::size_t messages, base::Instant deadline) {
    FlightPtr flight = begin(topic);
    Sending sending{
        flight.get(),
        Owned<rd_kafka_topic_t>(rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr)),
        batch.shard_id, batch.content};
    for (std::size_t i = 0; i < messages && send(sending, batch.messages[i], deadline); ++i) {
    }
    count_down(*flight);
    return flight;
}

FlightPtr Producer::launch_one(const std::string& topic, std::string_view key,
                               std::string_view value, bool is_tombstone, base::Instant deadline) {
    OutgoingBatch batch;
    Outgoing message;
    message.key = key;
    message.value = value;
    message.is_tombstone = is_tombstone;
    batch.messages.push_back(message);
    return launch(topic, batch, 1, deadline);
}

bool Producer::send(Sending& sending, const Outgoing& message, base::Instant deadline) {
    for (;;) {
        sending.flight->open.fetch_add(1, std::memory_order_relaxed);
        const rd_kafka_resp_err_t error = sending.produce(handle_.get(), message);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return true;
        }
        sending.flight->open.fetch_sub(1, std::memory_order_relaxed);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || !wait_for_room(deadline)) {
            fail(*sending.flight, error);
            return false;
        }
    }
}

// Reports make room; the longest wait between two looks only matters when one slips through.
bool Producer::wait_for_room(base::Instant deadline) {
    constexpr base::Milliseconds kLook{50};
    const auto left = deadline - clock_.instant();
    if (left <= left.zero() || is_cut_) {
        return false;
    }
    const MutexLock lock(mutex_);
    is_room_wanted_ = true;
    changed_.wait_for(mutex_, std::min<std::chrono::nanoseconds>(left, kLook));
    return true;
}

void Producer::fail(Flight& flight, rd_kafka_resp_err_t error) {
    const MutexLock lock(mutex_);
    if (flight.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        flight.error = error;
    }
}

void Producer::count_down(Flight& flight) {
    if (flight.open.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        const MutexLock lock(mutex_);
        flight.is_done = true;
        changed_.notify_all();
        flights_.erase(&flight);
    }
}

void Producer::report(const rd_kafka_message_t& message) {
    auto& flight = *static_cast<Flight*>(message._private);
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(flight, message.err);
    } else if (message.partition >= 0) {
        const auto partition = static_cast<std::size_t>(message.partition);
        if (partition >= flight.offsets.size()) {
            flight.offsets.resize(partition + 1);
        }
        OffsetRange& range = flight.offsets[partition];
        range.first = range.first < 0 ? message.offset : std::min(range.first, message.offset);
        range.last = std::max(range.last, message.offset);
    }
    if (is_room_wanted_.load(std::memory_order_relaxed) && is_room_wanted_.exchange(false)) {
        const MutexLock lock(mutex_);
        changed_.notify_all();
    }
    count_down(flight);
}

base::Status Producer::wait(const FlightPtr& flight, base::Instant deadline) {
    const MutexLock lock(mutex_);
    while (!flight->is_done) {
        if (is_cut_) {
            return base::fail(Code::Cancelled, "the sink was stopped before Kafka had answered");
        }
        const auto left = deadline - clock_.instant();
        if (left <= left.zero()) {
            return base::fail(
                Code::DeadlineExceeded,
                fmt::format("topic {}: not answered in time{}{}", flight->topic,
                            trouble_.empty() ? "" : "; last heard of the brokers: ", trouble_));
        }
        changed_.wait_for(mutex_, left);
    }
    return flight->error == RD_KAFKA_RESP_ERR_NO_ERROR
               ? base::Status{}
               : tl::unexpected(words_of(flight->error, "topic " + flight->topic));
}

void Producer::cut() {
    const MutexLock lock(mutex_);
    is_cut_ = true;
    changed_.notify_all();
}

bool Producer::is_dead() const {
    std::array<char, 1> ignored{};
    return rd_kafka_fatal_error(handle_.get(), ignored.data(), ignored.size()) !=
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

base::Error Producer::too_late(std::string_view what) const {
    const MutexLock lock(mutex_);
    return {Code::DeadlineExceeded,
            fmt::format("{} did not end in time{}{}", what,
                        trouble_.empty() ? "" : "; last heard of the brokers: ", trouble_)};
}

}  // namespace millbeck::sinks::kafka
