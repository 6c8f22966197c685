#include "sinks/kafka/transactional_sink.hpp"

#include <algorithm>
#include <functional>
#include <list>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "sinks/copy_reader.hpp"
#include "sinks/kafka/gate.hpp"
#include "sinks/kafka/session.hpp"
#include "sinks/kafka/topic_copy.hpp"
#include "sinks/position_keeper.hpp"

namespace millbeck::sinks::kafka {

using base::Code;
using base::MutexLock;

namespace {

// A batch that waits for its transaction. Lives on the stack of the thread that delivers it.
struct Job {
    OutgoingBatch outgoing;
    Part part;
    Content content = Content::Changes;
    base::Instant deadline;
    Outcome outcome;
    bool is_taken = false;
    bool is_done = false;
};
using Jobs = std::vector<Job*>;

class TransactionalSink final : public Sink, public PositionKeeper {
  public:
    TransactionalSink(Setup setup, const std::string& instance, std::unique_ptr<Producer> producer)
        : setup_(std::move(setup)),
          gate_(setup_.clock),
          session_(setup_, instance, std::move(producer)),
          copy_(setup_, gate_, [this](const OutgoingBatch& removals, const Patience& patience) {
              return send_removals(removals, patience);
          }) {}

    Outcome deliver(const Batch& batch, base::Instant deadline) override;
    [[nodiscard]] unsigned concurrency() const override { return setup_.options.concurrency; }
    void stop(base::Instant deadline) override;
    PositionKeeper* position_keeper() override { return this; }
    CopyReader* copy_reader() override { return &copy_; }

    base::Result<std::optional<Positions>> positions(const std::string& generation,
                                                     base::Instant deadline) override;
    base::Status begin(const std::string& generation, base::Instant deadline) override;

  private:
    void do_job(Job& job) MB_EXCLUDES(mutex_);
    bool wait_for_turn(Job& job) MB_REQUIRES(mutex_);
    Jobs take_jobs() MB_REQUIRES(mutex_);
    void finish(Job& job) MB_EXCLUDES(mutex_);
    void step_down(std::size_t taken) MB_EXCLUDES(mutex_);
    void gather(const Job& job) MB_REQUIRES(mutex_);
    void run(Jobs jobs);
    base::Status run_once(const Jobs& jobs, const Patience& patience);
    bool settle_without_sending(Job& job);
    base::Status lead(base::Instant deadline,
                      const std::function<base::Status(const Patience&)>& work);
    base::Status send_removals(const OutgoingBatch& removals, const Patience& patience);

    const Setup setup_;
    Gate gate_;
    Session session_;  // the leader's
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::list<Job*> queue_ MB_GUARDED_BY(mutex_);
    bool has_leader_ MB_GUARDED_BY(mutex_) = false;
    std::size_t expected_ MB_GUARDED_BY(mutex_) = 0;  // batches of the next transaction
    TopicCopy copy_;
};

// ---- one thread leads, the others wait

// As many as wait, as far as they fit into half of the producer's queue.
Jobs TransactionalSink::take_jobs() {
    Jobs jobs;
    std::size_t bytes = 0;
    while (!queue_.empty()) {
        Job& job = *queue_.front();
        for (const Outgoing& message : job.outgoing.messages) {
            bytes += message.key.size() + message.value.size();
        }
        if (!jobs.empty() && bytes > setup_.options.queue_bytes_max / 2) {
            break;
        }
        job.is_taken = true;
        jobs.push_back(&job);
        queue_.pop_front();
    }
    return jobs;
}

// After this the job is its thread's again, and may be gone.
void TransactionalSink::finish(Job& job) {
    const MutexLock lock(mutex_);
    job.is_done = true;
    changed_.notify_all();
}

void TransactionalSink::step_down(std::size_t taken) {
    const MutexLock lock(mutex_);
    has_leader_ = false;
    expected_ = taken + queue_.size();
    changed_.notify_all();
}

// Whose batches were in the transaction before are back with their next ones in a moment: to wait
// for them makes one transaction of two.
void TransactionalSink::gather(const Job& job) {
    constexpr base::Milliseconds kLongest{5};
    const base::Instant until =
        std::min(job.deadline, setup_.clock.instant() + std::min(setup_.options.linger, kLongest));
    while (queue_.size() < expected_ && !gate_.is_cut()) {
        const auto left = until - setup_.clock.instant();
        if (left <= left.zero()) {
            return;
        }
        changed_.wait_for(mutex_, left);
    }
}

// Waits until somebody has done it, or it is this thread's turn to lead. False: neither came.
bool TransactionalSink::wait_for_turn(Job& job) {
    while (!job.is_done && has_leader_) {
        const auto left = job.deadline - setup_.clock.instant();
        if (job.is_taken) {
            changed_.wait(mutex_);  // who took it ends by its deadline
        } else if (left <= left.zero() || gate_.is_cut()) {
            return false;
        } else {
            changed_.wait_for(mutex_, left);
        }
    }
    return true;
}

void TransactionalSink::do_job(Job& job) {
    for (bool is_queued = false;;) {
        Jobs jobs;
        {
            const MutexLock lock(mutex_);
            if (!std::exchange(is_queued, true)) {
                queue_.push_back(&job);
                changed_.notify_all();
            }
            if (!wait_for_turn(job)) {
                queue_.remove(&job);
                job.outcome = failed(
                    {Code::DeadlineExceeded, "the transactions before this one took all the time"});
                return;
            }
            if (job.is_done) {
                return;
            }
            has_leader_ = true;
            gather(job);
            jobs = take_jobs();
        }
        const std::size_t taken = jobs.size();
        run(std::move(jobs));
        step_down(taken);
    }
}

base::Status TransactionalSink::lead(base::Instant deadline,
                                     const std::function<base::Status(const Patience&)>& work) {
    const Gate::Pass pass(gate_);
    if (!pass) {
        return base::fail(Code::Cancelled, "the sink is stopped");
    }
    const Patience patience(setup_.clock, deadline, gate_.is_cut());
    {
        const MutexLock lock(mutex_);
        while (has_leader_) {
            if (patience.is_over()) {
                return base::fail(Code::DeadlineExceeded, "the sink was busy all the time");
            }
            changed_.wait_for(mutex_, deadline - setup_.clock.instant());
        }
        has_leader_ = true;
    }
    auto done = work(patience);
    step_down(0);
    return done;
}

// ---- what the leader does

// What is clear without asking Kafka.
bool TransactionalSink::settle_without_sending(Job& job) {
    const HeldPositions& held = session_.held();
    const Part& part = job.part;
    if (!part.generation.empty()) {
        if (held.generation != part.generation) {
            job.outcome = {Outcome::Kind::PositionLost, {}, {}, {}};
            return true;
        }
        const auto found = held.positions.find(part.shard_id);
        if (found != held.positions.end() && found->second == part.position) {
            return true;  // an earlier try, thought to have failed, had come through
        }
    }
    if (job.content == Content::Changes) {
        auto& messages = job.outgoing.messages;
        const auto fresh = std::find_if(messages.begin(), messages.end(), [&](const auto& each) {
            return each.id.empty() || !session_.is_durable(part.shard_id, each.id);
        });
        messages.erase(messages.begin(), fresh);
        return messages.empty();
    }
    return false;
}

base::Status TransactionalSink::run_once(const Jobs& jobs, const Patience& patience) {
    std::vector<Part> parts;
    Jobs sent;
    if (auto connected = session_.connect(patience); !connected) {
        if (!session_.is_taken_over()) {
            return connected;
        }
        for (Job* job : jobs) {
            const bool is_lost =
                !job->part.generation.empty() && session_.held().generation != job->part.generation;
            job->outcome = not_invoked(connected.error());
            if (is_lost) {
                job->outcome = {Outcome::Kind::PositionLost, {}, {}, {}};
            }
        }
        return {};
    }
    for (Job* job : jobs) {
        job->outcome = {};
        if (!settle_without_sending(*job)) {
            job->part.outgoing = &job->outgoing;
            parts.push_back(job->part);
            sent.push_back(job);
        }
    }
    if (parts.empty()) {
        return {};
    }
    auto done = session_.transact(parts, patience);
    if (!done && done.error().code == Code::Trimmed) {
        for (Job* job : sent) {
            job->outcome = {Outcome::Kind::PositionLost, {}, {}, {}};
        }
        return {};
    }
    return done;
}

// A failed transaction is tried again at once, each batch in one of its own: a single bad batch
// then fails alone, and what passes by itself is not heard of.
void TransactionalSink::run(Jobs jobs) {
    std::sort(jobs.begin(), jobs.end(),
              [](const Job* a, const Job* b) { return a->deadline < b->deadline; });
    const Patience patience(setup_.clock, jobs.front()->deadline, gate_.is_cut());
    const bool is_done = run_once(jobs, patience).has_value();
    for (Job* job : jobs) {
        if (!is_done) {
            const Patience own(setup_.clock, job->deadline, gate_.is_cut());
            if (auto done = run_once({job}, own); !done) {
                job->outcome = failed(std::move(done).error());
            }
        }
        finish(*job);
    }
}

Outcome TransactionalSink::deliver(const Batch& batch, base::Instant deadline) {
    if (batch.messages.empty()) {
        return {};
    }
    const Gate::Pass pass(gate_);
    if (!pass) {
        return not_invoked({Code::Cancelled, "the sink is stopped"});
    }
    if (Patience(setup_.clock, deadline, gate_.is_cut()).is_over()) {
        return failed({Code::DeadlineExceeded, "no time was left for the batch"});
    }
    auto outgoing = make_outgoing(batch, setup_.options, setup_.origin(), setup_.clock.wall());
    if (!outgoing) {
        return failed(std::move(outgoing).error());
    }
    const std::size_t sendable = count_sendable(*outgoing, setup_.options.message_bytes_max);
    if (sendable < outgoing->messages.size()) {
        return failed(too_large(outgoing->messages[sendable], setup_));
    }
    Job job;
    job.outgoing = std::move(*outgoing);
    job.content = batch.content;
    job.deadline = deadline;
    job.part.shard_id = batch.shard_id;
    job.part.generation = batch.generation;
    job.part.position = batch.position;
    job.part.last_id = batch.content == Content::Changes ? batch.messages.back().id : "";
    do_job(job);
    return std::move(job.outcome);
}

base::Status TransactionalSink::send_removals(const OutgoingBatch& removals,
                                              const Patience& patience) {
    Job job;
    job.outgoing.messages = removals.messages;  // its views are of texts that live as long
    job.deadline = patience.deadline();
    do_job(job);
    return job.outcome.kind == Outcome::Kind::Delivered ? base::Status{}
                                                        : tl::unexpected(job.outcome.error);
}

base::Result<std::optional<Positions>> TransactionalSink::positions(const std::string& generation,
                                                                    base::Instant deadline) {
    std::optional<Positions> found;
    const auto read = [&](const Patience& patience) -> base::Status {
        MB_TRY_STATUS(session_.connect(patience));
        MB_TRY(const HeldPositions held, session_.read_again(patience));
        if (held.generation == generation) {
            found = held.positions;
        }
        return {};
    };
    MB_TRY_STATUS(lead(deadline, read));
    return found;
}

base::Status TransactionalSink::begin(const std::string& generation, base::Instant deadline) {
    return lead(deadline, [&](const Patience& patience) -> base::Status {
        MB_TRY_STATUS(session_.connect(patience));
        return session_.begin(generation, patience);
    });
}

void TransactionalSink::stop(base::Instant deadline) {
    if (!gate_.close(deadline)) {
        session_.cut();
        {
            const MutexLock lock(mutex_);
            changed_.notify_all();
        }
        gate_.wait_until_empty();
    }
}

}  // namespace

base::Result<std::unique_ptr<Sink>> open_transactional(Setup setup, base::Random& random) {
    MB_TRY(auto producer,
           Producer::open(setup.options, setup.names, Role::TransactionalProducer, setup.clock));
    return std::make_unique<TransactionalSink>(std::move(setup), base::make_uuid(random),
                                               std::move(producer));
}

}  // namespace millbeck::sinks::kafka
