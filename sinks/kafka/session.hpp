// One transactional producer's life: connected, its transactions, and what is known of the target
// after one of them failed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "sinks/kafka/held_positions.hpp"
#include "sinks/kafka/producer.hpp"
#include "sinks/kafka/sending.hpp"

namespace millbeck::sinks::kafka {

// One batch as a part of a transaction. Borrowed.
struct Part {
    const OutgoingBatch* outgoing;
    std::string shard_id;
    std::string generation;  // "": no position is kept
    std::string position;
    std::string last_id;  // "": it is not known where it ends (rows)
};

// Invariants: a transaction whose end is unknown is found out before the next one begins.
// Threads:    one call at a time; cut() any.
class Session {
  public:
    // `producer` is of Role::TransactionalProducer; `instance` is this process's alone.
    Session(const Setup& setup, std::string instance, std::unique_ptr<Producer> producer);

    // Nothing when it is connected. Otherwise: topics, fencing of who used the transactional id
    // before, and what the target holds.
    // Errors: InUse: somebody else has taken over, for good; DeadlineExceeded, Cancelled, ...
    base::Status connect(const Patience& patience);

    // Errors: Trimmed: the topic was made anew, and what was in it is gone; others: nothing may be
    // assumed until connect(). Requires: connect() was ok.
    base::Status transact(std::span<const Part> parts, const Patience& patience);

    base::Status begin(const std::string& generation, const Patience& patience);

    // Reads it again.
    base::Result<HeldPositions> read_again(const Patience& patience);

    [[nodiscard]] const HeldPositions& held() const { return held_; }
    [[nodiscard]] bool is_taken_over() const { return is_taken_over_; }

    // Whether a transaction that was thought to have failed holds this message of the shard.
    [[nodiscard]] bool is_durable(const std::string& shard_id, std::string_view id) const;

    // Ends what blocks. Any thread.
    void cut();

  private:
    struct Attempt {
        std::string position;
        std::string last_id;
    };
    struct OwnRecord {
        std::string key;
        std::string value;
        bool is_tombstone = false;
    };
    using Offsets = std::map<std::string, std::vector<std::int64_t>>;  // by topic and partition

    base::Status connect_once(const Patience& patience);
    base::Status open_producer();
    base::Status make_topics(const Patience& patience);
    base::Status take_over(const Patience& patience);
    base::Status learn(const Patience& patience);
    base::Status run(std::span<const Part> parts, const std::vector<OwnRecord>& records,
                     const Patience& patience);
    base::Status send(std::span<const Part> parts, const std::vector<OwnRecord>& records,
                      const Patience& patience);
    base::Status wait(const FlightPtr& flight, const Patience& patience);
    base::Status note_offsets(const Flight& flight);
    base::Status commit(const Patience& patience);
    base::Status taken_over();

    const Setup& setup_;
    const std::string instance_;
    base::Mutex mutex_;  // of the pointer, for cut()
    std::shared_ptr<Producer> producer_ MB_GUARDED_BY(mutex_);
    Producer* now_ = nullptr;  // the same, without the lock, for the one that calls
    bool is_connected_ = false;
    bool is_used_up_ = false;  // the handle: after a failure another one is made
    bool was_owner_ = false;   // our name was written into the topic of positions
    bool is_taken_over_ = false;
    bool has_lost_data_ = false;  // to be written down with the next connection
    HeldPositions held_;
    Offsets offsets_;                             // the newest that are known
    std::map<std::string, Attempt> uncertain_;    // by shard
    std::map<std::string, std::string> durable_;  // last ids, by shard
};

// Whether `id` <= `last`, both digits.
bool is_up_to(std::string_view id, std::string_view last);

}  // namespace millbeck::sinks::kafka
