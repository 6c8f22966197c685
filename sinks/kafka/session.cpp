#include "sinks/kafka/session.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "sinks/kafka/topics.hpp"

namespace millbeck::sinks::kafka {

using base::Code;

namespace {

base::Error error_of(const rd_kafka_error_t* error, const Setup& setup) {
    const auto code = rd_kafka_error_code(error);
    if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
        code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH) {
        return {Code::InUse,
                fmt::format("transactional id {} was taken over or its transaction "
                            "timed out ({})",
                            setup.names.transactional_id, rd_kafka_error_string(error))};
    }
    base::Error words = words_of(code, "transaction of " + setup.names.transactional_id);
    words.message += fmt::format(": {}", rd_kafka_error_string(error));
    return words;
}

// librdkafka's calls on transactions go on where they were when they are called again.
template <typename Call>
base::Status repeat(const Setup& setup, const Producer& producer, const Patience& patience,
                    std::string_view what, Call call) {
    while (!patience.is_over()) {
        const Owned<rd_kafka_error_t> error(call(patience.slice()));
        if (!error) {
            return {};
        }
        if (rd_kafka_error_is_retriable(error.get()) == 0) {
            return tl::unexpected(error_of(error.get(), setup));
        }
    }
    return tl::unexpected(patience.why(producer.too_late(what)));
}

std::string_view without_zeros(std::string_view digits) {
    const auto first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? "" : digits.substr(first);
}

}  // namespace

bool is_up_to(std::string_view id, std::string_view last) {
    const auto a = without_zeros(id);
    const auto b = without_zeros(last);
    return a.size() != b.size() ? a.size() < b.size() : a <= b;
}

Session::Session(const Setup& setup, std::string instance, std::unique_ptr<Producer> producer)
    : setup_(setup),
      instance_(std::move(instance)),
      producer_(std::move(producer)),
      now_(producer_.get()) {}

base::Status Session::open_producer() {
    if (!is_used_up_) {
        return {};
    }
    {
        const base::MutexLock lock(mutex_);
        producer_.reset();
        now_ = nullptr;
    }
    MB_TRY(std::shared_ptr<Producer> made,
           Producer::open(setup_.options, setup_.names, Role::TransactionalProducer, setup_.clock));
    const base::MutexLock lock(mutex_);
    producer_ = std::move(made);
    now_ = producer_.get();
    is_used_up_ = false;
    return {};
}

base::Status Session::taken_over() {
    if (!std::exchange(is_taken_over_, true)) {
        base::log(
            base::LogLevel::Warn, "sinks", "another process delivers to this Kafka topic now",
            {{"sink", setup_.names.sink}, {"transactional_id", setup_.names.transactional_id}});
    }
    return base::fail(Code::InUse,
                      fmt::format("another process has taken over transactional id {}, so this one "
                                  "delivers nothing any more; end the other one and restart this",
                                  setup_.names.transactional_id));
}

base::Status Session::connect(const Patience& patience) {
    auto connected = connect_once(patience);
    // That a topic was made anew is known now; one that was being deleted is gone now.
    return connected || (connected.error().code != Code::Trimmed &&
                         connected.error().code != Code::NotFound)
               ? connected
               : connect_once(patience);
}

base::Status Session::connect_once(const Patience& patience) {
    if (is_taken_over_) {
        return taken_over();
    }
    if (is_connected_ && now_ != nullptr && !now_->is_dead()) {
        return {};
    }
    is_connected_ = false;
    if (was_owner_) {
        // To connect is to fence whoever uses the id: not if it is a newer process.
        MB_TRY(auto held, read_positions(setup_, Until::Stable, patience));
        if (!held.owner.empty() && held.owner != instance_) {
            held_ = std::move(held);
            return taken_over();
        }
    }
    MB_TRY_STATUS(open_producer());
    if (patience.is_over()) {
        return tl::unexpected(patience.why(now_->too_late("connecting")));
    }
    MB_TRY_STATUS(make_topics(patience));
    MB_TRY_STATUS(take_over(patience));
    MB_TRY_STATUS(learn(patience));
    is_connected_ = true;
    return {};
}

base::Status Session::make_topics(const Patience& patience) {
    const auto ensure = [&](const TopicWish& wish) -> base::Status {
        MB_TRY(const Found found, ensure_topic(now_->handle(), wish, patience));
        if (found == Found::Made) {
            has_lost_data_ = true;
            offsets_.erase(wish.name);
        }
        return {};
    };
    MB_TRY_STATUS(ensure(positions_wish(setup_)));
    return setup_.options.create_topic ? ensure({.name = setup_.names.topic,
                                                 .partitions = setup_.options.partitions,
                                                 .replication = setup_.options.replication,
                                                 .settings = setup_.options.topic_settings})
                                       : base::Status{};
}

base::Status Session::take_over(const Patience& patience) {
    is_used_up_ = true;
    MB_TRY_STATUS(repeat(setup_, *now_, patience, "connecting", [&](int slice) {
        return rd_kafka_init_transactions(now_->handle(), slice);
    }));
    std::vector<OwnRecord> records{{std::string(kOwnerKey), instance_}};
    if (has_lost_data_) {
        records.push_back({std::string(kGenerationKey), "", true});
    }
    MB_TRY_STATUS(run({}, records, patience));
    was_owner_ = true;
    has_lost_data_ = false;
    return {};
}

base::Status Session::learn(const Patience& patience) {
    MB_TRY(auto held, read_positions(setup_, Until::Written, patience));
    if (held.owner != instance_) {
        return taken_over();
    }
    for (const auto& [shard_id, attempt] : uncertain_) {
        const auto found = held.positions.find(shard_id);
        if (found != held.positions.end() && found->second == attempt.position) {
            durable_[shard_id] = attempt.last_id;
        }
    }
    uncertain_.clear();
    held_ = std::move(held);
    return {};
}

base::Result<HeldPositions> Session::read_again(const Patience& patience) {
    MB_TRY(held_, read_positions(setup_, Until::Written, patience));
    return held_;
}

bool Session::is_durable(const std::string& shard_id, std::string_view id) const {
    const auto found = durable_.find(shard_id);
    return found != durable_.end() && is_up_to(id, found->second);
}

void Session::cut() {
    const base::MutexLock lock(mutex_);
    if (producer_) {
        producer_->cut();
    }
}

base::Status Session::begin(const std::string& generation, const Patience& patience) {
    std::vector<OwnRecord> records{{std::string(kGenerationKey), generation}};
    for (const auto& [shard_id, position] : held_.positions) {
        records.push_back({shard_key(shard_id), "", true});
    }
    MB_TRY_STATUS(run({}, records, patience));
    held_.generation = generation;
    held_.positions.clear();
    durable_.clear();
    return {};
}

base::Status Session::transact(std::span<const Part> parts, const Patience& patience) {
    std::vector<OwnRecord> records;
    for (const Part& part : parts) {
        if (!part.generation.empty()) {
            records.push_back(
                {shard_key(part.shard_id), shard_value(part.generation, part.position)});
            uncertain_[part.shard_id] = {part.position, part.last_id};
        }
    }
    MB_TRY_STATUS(run(parts, records, patience));
    uncertain_.clear();
    for (const Part& part : parts) {
        if (!part.generation.empty()) {
            held_.positions[part.shard_id] = part.position;
        }
    }
    return {};
}

base::Status Session::run(std::span<const Part> parts, const std::vector<OwnRecord>& records,
                          const Patience& patience) {
    is_connected_ = false;  // until it is known how this ended
    const Owned<rd_kafka_error_t> error(rd_kafka_begin_transaction(now_->handle()));
    if (error) {
        return tl::unexpected(error_of(error.get(), setup_));
    }
    MB_TRY_STATUS(send(parts, records, patience));
    MB_TRY_STATUS(commit(patience));
    is_connected_ = true;
    return {};
}

base::Status Session::send(std::span<const Part> parts, const std::vector<OwnRecord>& records,
                           const Patience& patience) {
    std::vector<FlightPtr> flights;
    flights.reserve(parts.size() + records.size());
    // These go first, so that one request registers their partition and the others': each such
    // request is another round trip, and librdkafka 2.0 spins for a millisecond before it.
    for (const OwnRecord& record : records) {
        flights.push_back(now_->launch_one(setup_.names.positions_topic, record.key, record.value,
                                           record.is_tombstone, patience.deadline()));
    }
    for (const Part& part : parts) {
        flights.push_back(now_->launch(setup_.names.topic, *part.outgoing,
                                       part.outgoing->messages.size(), patience.deadline()));
    }
    for (const FlightPtr& flight : flights) {
        MB_TRY_STATUS(wait(flight, patience));
        MB_TRY_STATUS(note_offsets(*flight));
    }
    return {};
}

// A topic that was deleted under a transaction would be waited for until the deadline.
base::Status Session::wait(const FlightPtr& flight, const Patience& patience) {
    constexpr std::chrono::seconds kLook{2};
    for (;;) {
        const base::Instant look_at = setup_.clock.instant() + kLook;
        auto done = now_->wait(flight, std::min(patience.deadline(), look_at));
        if (done || done.error().code != Code::DeadlineExceeded || patience.is_over()) {
            return done;
        }
        MB_TRY(const bool is_there, is_topic_there(now_->handle(), flight->topic, patience));
        if (!is_there) {
            auto gone = words_of(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "topic " + flight->topic);
            return base::fail(Code::NotFound, std::move(gone.message));
        }
    }
}

// Offsets only grow: where they do not, the topic is not the one that held the rest.
base::Status Session::note_offsets(const Flight& flight) {
    auto& known = offsets_[flight.topic];
    known.resize(std::max(known.size(), flight.offsets.size()), -1);
    for (std::size_t partition = 0; partition < flight.offsets.size(); ++partition) {
        const OffsetRange& range = flight.offsets[partition];
        if (range.last < 0) {
            continue;
        }
        if (range.first <= known[partition]) {
            offsets_.clear();
            has_lost_data_ = true;
            held_ = {};
            return base::fail(
                Code::Trimmed,
                fmt::format("topic {} was made anew, and what was in it is gone", flight.topic));
        }
        known[partition] = range.last;
    }
    return {};
}

base::Status Session::commit(const Patience& patience) {
    return repeat(setup_, *now_, patience, "the transaction",
                  [&](int slice) { return rd_kafka_commit_transaction(now_->handle(), slice); });
}

}  // namespace millbeck::sinks::kafka
