#include "sinks/kafka/idempotent_sink.hpp"

#include <list>
#include <optional>
#include <string>
#include <utility>

#include "base/mutex.hpp"
#include "sinks/copy_reader.hpp"
#include "sinks/kafka/gate.hpp"
#include "sinks/kafka/producer.hpp"
#include "sinks/kafka/topic_copy.hpp"
#include "sinks/kafka/topics.hpp"

namespace millbeck::sinks::kafka {

using base::Code;
using base::MutexLock;

namespace {

// A batch whose reports were not in when its time was over. A retry of it waits for them instead of
// sending everything a second time behind them.
struct Unanswered {
    std::string request_id;
    std::string first_id;
    std::size_t messages;
    FlightPtr flight;
    std::shared_ptr<Producer> producer;
};

class IdempotentSink final : public Sink {
  public:
    IdempotentSink(Setup setup, std::shared_ptr<Producer> producer)
        : setup_(std::move(setup)),
          gate_(setup_.clock),
          producer_(std::move(producer)),
          copy_(setup_, gate_, [this](const OutgoingBatch& removals, const Patience& patience) {
              return send(removals, removals.messages.size(), patience);
          }) {}

    Outcome deliver(const Batch& batch, base::Instant deadline) override;
    [[nodiscard]] unsigned concurrency() const override { return setup_.options.concurrency; }
    void stop(base::Instant deadline) override;
    CopyReader* copy_reader() override { return &copy_; }

  private:
    base::Result<std::shared_ptr<Producer>> ready(const Patience& patience);
    base::Status send(const OutgoingBatch& batch, std::size_t messages, const Patience& patience);
    base::Status deliver_sendable(const Batch& batch, const OutgoingBatch& outgoing,
                                  std::size_t messages, const Patience& patience);
    std::optional<Unanswered> take_unanswered(const Batch& batch, std::size_t messages);
    void keep(Unanswered unanswered);

    const Setup setup_;
    Gate gate_;
    base::Mutex mutex_;
    std::shared_ptr<Producer> producer_ MB_GUARDED_BY(mutex_);
    bool has_topic_ MB_GUARDED_BY(mutex_) = false;
    std::list<Unanswered> unanswered_ MB_GUARDED_BY(mutex_);  // the newest last
    TopicCopy copy_;
};

// A producer that works, and a topic to produce to.
base::Result<std::shared_ptr<Producer>> IdempotentSink::ready(const Patience& patience) {
    std::shared_ptr<Producer> producer;
    bool has_topic = false;
    {
        const MutexLock lock(mutex_);
        if (producer_->is_dead()) {
            MB_TRY(producer_,
                   Producer::open(setup_.options, setup_.names, Role::Producer, setup_.clock));
        }
        producer = producer_;
        has_topic = has_topic_ || !setup_.options.create_topic;
    }
    if (!has_topic) {
        const auto made = ensure_topic(producer->handle(),
                                       {.name = setup_.names.topic,
                                        .partitions = setup_.options.partitions,
                                        .replication = setup_.options.replication,
                                        .settings = setup_.options.topic_settings},
                                       patience);
        if (!made && made.error().code == Code::DeadlineExceeded) {
            return tl::unexpected(producer->too_late("looking for topic " + setup_.names.topic));
        }
        MB_TRY_STATUS(made.map([](Found /*found*/) {}));
        const MutexLock lock(mutex_);
        has_topic_ = true;
    }
    if (patience.is_over()) {
        return tl::unexpected(patience.why(producer->too_late("connecting")));
    }
    return producer;
}

base::Status IdempotentSink::send(const OutgoingBatch& batch, std::size_t messages,
                                  const Patience& patience) {
    MB_TRY(const auto producer, ready(patience));
    const FlightPtr flight =
        producer->launch(setup_.names.topic, batch, messages, patience.deadline());
    return producer->wait(flight, patience.deadline());
}

std::optional<Unanswered> IdempotentSink::take_unanswered(const Batch& batch,
                                                          std::size_t messages) {
    const MutexLock lock(mutex_);
    for (auto each = unanswered_.begin(); each != unanswered_.end(); ++each) {
        if (each->request_id == batch.request_id && each->messages == messages &&
            each->first_id == batch.messages.front().id) {
            std::optional<Unanswered> taken(std::move(*each));
            unanswered_.erase(each);
            return taken;
        }
    }
    return std::nullopt;
}

void IdempotentSink::keep(Unanswered unanswered) {
    const MutexLock lock(mutex_);
    unanswered_.push_back(std::move(unanswered));
    // Given-up batches never ask for theirs again.
    if (unanswered_.size() > 2 * static_cast<std::size_t>(setup_.options.concurrency)) {
        unanswered_.pop_front();
    }
}

base::Status IdempotentSink::deliver_sendable(const Batch& batch, const OutgoingBatch& outgoing,
                                              std::size_t messages, const Patience& patience) {
    std::optional<Unanswered> earlier = take_unanswered(batch, messages);
    base::Status done;
    if (earlier) {
        done = earlier->producer->wait(earlier->flight, patience.deadline());
    }
    const bool is_answered = !done && done.error().code != Code::DeadlineExceeded;
    if (!earlier || is_answered) {
        MB_TRY(const auto producer, ready(patience));
        earlier = Unanswered{
            batch.request_id, std::string(batch.messages.front().id), messages,
            producer->launch(setup_.names.topic, outgoing, messages, patience.deadline()),
            producer};
        done = producer->wait(earlier->flight, patience.deadline());
    }
    if (done || done.error().code == Code::Cancelled) {
        return done;
    }
    if (patience.is_over()) {
        keep(std::move(*earlier));
    } else {
        // It may have been deleted: the next try makes it anew.
        const MutexLock lock(mutex_);
        has_topic_ = false;
    }
    return done;
}

Outcome IdempotentSink::deliver(const Batch& batch, base::Instant deadline) {
    if (batch.messages.empty()) {
        return {};
    }
    const Gate::Pass pass(gate_);
    if (!pass) {
        return not_invoked({Code::Cancelled, "the sink is stopped"});
    }
    const Patience patience(setup_.clock, deadline, gate_.is_cut());
    if (patience.is_over()) {
        return failed({Code::DeadlineExceeded, "no time was left for the batch"});
    }
    const auto outgoing =
        make_outgoing(batch, setup_.options, setup_.origin(), setup_.clock.wall());
    if (!outgoing) {
        return failed(outgoing.error());
    }
    const std::size_t sendable = count_sendable(*outgoing, setup_.options.message_bytes_max);
    if (sendable == 0) {
        return failed(too_large(outgoing->messages.front(), setup_));
    }
    if (auto done = deliver_sendable(batch, *outgoing, sendable, patience); !done) {
        return failed(std::move(done).error());
    }
    if (sendable == outgoing->messages.size()) {
        return {};
    }
    // What follows is not sent, so that no later change of a key overtakes the one that is left.
    Outcome outcome{
        Outcome::Kind::PartlyFailed, {}, too_large(outgoing->messages[sendable], setup_), {}};
    for (std::size_t i = sendable; i < outgoing->messages.size(); ++i) {
        outcome.failed.emplace_back(outgoing->messages[i].id);
    }
    return outcome;
}

void IdempotentSink::stop(base::Instant deadline) {
    if (gate_.close(deadline)) {
        return;
    }
    {
        const MutexLock lock(mutex_);
        producer_->cut();
        for (const Unanswered& each : unanswered_) {
            each.producer->cut();
        }
    }
    gate_.wait_until_empty();
}

}  // namespace

base::Result<std::unique_ptr<Sink>> open_idempotent(Setup setup) {
    MB_TRY(auto producer, Producer::open(setup.options, setup.names, Role::Producer, setup.clock));
    return std::make_unique<IdempotentSink>(std::move(setup), std::move(producer));
}

}  // namespace millbeck::sinks::kafka
