// Keys that are set aside because a record of theirs cannot be delivered, and the records that wait
// behind it in order. Not AWS: a trigger asks for it (`on_poison: park`).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

// A record that waits. `record` is its JSON as an event carries it.
struct ParkedRecord {
    std::string key;  // canonical JSON of its key attributes
    shardlog::SequenceNumber sequence;
    base::WallTime time{};
    std::string record;
};

// What somebody wants to become of a parked key; its worker does it.
enum class Wish {
    None,
    Retry,  // its records are delivered in order; what fails stays parked
    Drop,   // its records are gone for good
};
std::string_view to_string(Wish wish);  // "", "retry", "drop": the stored form

// A key as it is parked. Numbers go up and are never used again.
struct ParkedKey {
    std::int64_t number = 0;
    TriggerId trigger_id;
    std::string trigger;     // its name
    std::string key;         // canonical JSON
    std::uint64_t hash = 0;  // of its partition key
    std::string error;       // of the last attempt
    base::WallTime parked_at{};
    Wish wish = Wish::None;
    std::uint64_t records = 0;  // that wait
    std::uint64_t bytes = 0;    // of their JSON
};

// The keys of one trigger that are parked, for a look at every record.
// Threads: any.
class ParkedKeys {
  public:
    [[nodiscard]] bool holds(std::string_view key) const;
    // Somebody may have a wish.
    [[nodiscard]] bool has_wishes() const { return wishes_.load(std::memory_order_acquire); }

  private:
    friend class SqliteParkingLot;
    void insert(std::string key);
    void erase(const std::string& key);
    void clear();
    void set_wishes(bool some) { wishes_.store(some, std::memory_order_release); }

    std::atomic<bool> any_{false};
    std::atomic<bool> wishes_{false};
    mutable base::Mutex mutex_;
    std::set<std::string, std::less<>> keys_ MB_GUARDED_BY(mutex_);
};

struct ParkingOptions {
    // Of records that wait. When they are full nothing more is taken, and the shards concerned
    // wait.
    std::uint64_t bytes_max = 256u << 20;
};

// A parked key whose wish can be done now, and the first records of it.
struct WishedFor {
    ParkedKey key;
    std::vector<ParkedRecord> records;  // none to drop
};

// Threads: any (one lock; a call is one small transaction, synced to disk).
// Errors:  LimitExceeded (full: says what to do), NoSpace, Io, Corrupt.
class ParkingLot {
  public:
    static base::Result<std::unique_ptr<ParkingLot>> open(const base::Path& file,
                                                          ParkingOptions options);
    static base::Result<std::unique_ptr<ParkingLot>> open_in_memory(ParkingOptions options);
    virtual ~ParkingLot() = default;

    // The same object for a trigger's life.
    virtual std::shared_ptr<const ParkedKeys> keys_of(const TriggerId& trigger) = 0;

    // Parks the key with these records of it; one that is parked already gets the error and the
    // records. A record that waits already is no error.
    virtual base::Status park(const ParkedKey& key, std::span<const ParkedRecord> records) = 0;

    // Records of parked keys. Requires: their keys are parked.
    virtual base::Status append(const TriggerId& trigger,
                                std::span<const ParkedRecord> records) = 0;

    // ---- for people
    // Of all triggers, or of those named `trigger`; in order of number, at most 1000 above `above`.
    [[nodiscard]] virtual base::Result<std::vector<ParkedKey>> list(const std::string& trigger,
                                                                    std::int64_t above) = 0;
    // nullopt: there is none of this number.
    [[nodiscard]] virtual base::Result<std::optional<ParkedKey>> find(std::int64_t number) = 0;
    // Of a parked key, in order, at most `limit`.
    [[nodiscard]] virtual base::Result<std::vector<ParkedRecord>> records(std::int64_t number,
                                                                          std::uint32_t limit) = 0;
    // False: there is none of this number.
    virtual base::Result<bool> wish(std::int64_t number, Wish wish) = 0;

    // ---- for the worker of the key's shard
    // The first key with a wish whose hash `is_ours`, with at most `records_max` records and
    // `bytes_max` bytes of them, at least one.
    virtual base::Result<std::optional<WishedFor>> next_wish(
        const TriggerId& trigger, const std::function<bool(std::uint64_t hash)>& is_ours,
        std::uint32_t records_max, std::size_t bytes_max) = 0;
    // Its records up to `through` are delivered, or to be dropped; without further ones the key is
    // parked no more.
    virtual base::Status settled(const ParkedKey& key, shardlog::SequenceNumber through) = 0;
    // A retry failed: the key stays parked.
    virtual base::Status failed(const ParkedKey& key, const std::string& error) = 0;

    // The trigger is gone.
    virtual base::Status forget(const TriggerId& trigger) = 0;
};

}  // namespace millbeck::triggers
