#include "triggers/parking_lot.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/sqlite.hpp"
#include "triggers/parking_sql.hpp"

namespace millbeck::triggers {

using base::Code;
using base::Result;
using base::Statement;
using base::Status;
using shardlog::SequenceNumber;

bool ParkedKeys::holds(std::string_view key) const {
    if (!any_.load(std::memory_order_acquire)) {
        return false;
    }
    const base::MutexLock lock(mutex_);
    return keys_.find(key) != keys_.end();
}

void ParkedKeys::insert(std::string key) {
    const base::MutexLock lock(mutex_);
    keys_.insert(std::move(key));
    any_.store(true, std::memory_order_release);
}

void ParkedKeys::erase(const std::string& key) {
    const base::MutexLock lock(mutex_);
    keys_.erase(key);
    any_.store(!keys_.empty(), std::memory_order_release);
}

void ParkedKeys::clear() {
    const base::MutexLock lock(mutex_);
    keys_.clear();
    any_.store(false, std::memory_order_release);
    set_wishes(false);
}

std::string_view to_string(Wish wish) {
    switch (wish) {
        case Wish::None:
            return "";
        case Wish::Retry:
            return "retry";
        case Wish::Drop:
            break;
    }
    return "drop";
}

namespace {

Wish wish_of(std::string_view text) {
    return text == "retry" ? Wish::Retry : text == "drop" ? Wish::Drop : Wish::None;
}

ParkedKey read_key(const Statement& row) {
    return {.number = row.column_int(0),
            .trigger_id = TriggerId{row.column_text(1)},
            .trigger = row.column_text(2),
            .key = row.column_text(3),
            .hash = static_cast<std::uint64_t>(row.column_int(4)),
            .error = row.column_text(5),
            .parked_at = base::WallTime{base::Milliseconds{row.column_int(6)}},
            .wish = wish_of(row.column_text(7)),
            .records = static_cast<std::uint64_t>(row.column_int(8)),
            .bytes = static_cast<std::uint64_t>(row.column_int(9))};
}

}  // namespace

// Statements are prepared at each call: parking is rare, and never on a path that must be fast.
class SqliteParkingLot final : public ParkingLot {
  public:
    SqliteParkingLot(base::Database database, ParkingOptions options)
        : options_(options), database_(std::move(database)) {}

    Status load() {
        const base::MutexLock lock(mutex_);
        MB_TRY(bytes_, count_bytes());
        MB_TRY(const auto all, select_keys(kListParked, [](Statement& list) {
                   list.bind(1, std::int64_t{0}).bind(2, std::string_view{});
               }));
        std::vector<ParkedKey> page = all;
        while (!page.empty()) {
            for (const ParkedKey& key : page) {
                ParkedKeys& keys = keys_locked(key.trigger_id);
                keys.insert(key.key);
                keys.set_wishes(keys.has_wishes() || key.wish != Wish::None);
            }
            const std::int64_t above = page.back().number;
            MB_TRY(page, select_keys(kListParked, [&](Statement& list) {
                       list.bind(1, above).bind(2, std::string_view{});
                   }));
        }
        return {};
    }

    std::shared_ptr<const ParkedKeys> keys_of(const TriggerId& trigger) override {
        const base::MutexLock lock(mutex_);
        static_cast<void>(keys_locked(trigger));
        return keys_.at(trigger);
    }

    Status park(const ParkedKey& key, std::span<const ParkedRecord> records) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto transaction, base::Transaction::begin(database_));
        MB_TRY(auto insert, database_.prepare(kParkKey));
        insert.bind(1, key.trigger_id.value())
            .bind(2, key.trigger)
            .bind(3, key.key)
            .bind(4, static_cast<std::int64_t>(key.hash))
            .bind(5, key.error)
            .bind(6, base::to_millis(key.parked_at));
        MB_TRY_STATUS(insert.run());
        MB_TRY(const std::uint64_t added, add_locked(key.trigger_id, records));
        MB_TRY_STATUS(transaction.commit());
        bytes_ += added;
        keys_locked(key.trigger_id).insert(key.key);
        return {};
    }

    Status append(const TriggerId& trigger, std::span<const ParkedRecord> records) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto transaction, base::Transaction::begin(database_));
        MB_TRY(const std::uint64_t added, add_locked(trigger, records));
        MB_TRY_STATUS(transaction.commit());
        bytes_ += added;
        return {};
    }

    [[nodiscard]] Result<std::vector<ParkedKey>> list(const std::string& trigger,
                                                      std::int64_t above) override {
        const base::MutexLock lock(mutex_);
        return select_keys(kListParked,
                           [&](Statement& list) { list.bind(1, above).bind(2, trigger); });
    }

    [[nodiscard]] Result<std::optional<ParkedKey>> find(std::int64_t number) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto found,
               select_keys(kFindParked, [&](Statement& find) { find.bind(1, number); }));
        return found.empty() ? std::optional<ParkedKey>{} : std::move(found.front());
    }

    [[nodiscard]] Result<std::vector<ParkedRecord>> records(std::int64_t number,
                                                            std::uint32_t limit) override {
        const base::MutexLock lock(mutex_);
        return records_locked(number, limit, SIZE_MAX);
    }

    Result<bool> wish(std::int64_t number, Wish wish) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto update, database_.prepare(kSetWish));
        update.bind(1, number).bind(2, to_string(wish));
        MB_TRY(const bool is_there, update.step());
        if (!is_there) {
            return false;
        }
        const TriggerId trigger{update.column_text(0)};
        MB_TRY([[maybe_unused]] const bool more, update.step());  // the commit is at its end
        keys_locked(trigger).set_wishes(true);
        return true;
    }

    Result<std::optional<WishedFor>> next_wish(const TriggerId& trigger,
                                               const std::function<bool(std::uint64_t)>& is_ours,
                                               std::uint32_t records_max,
                                               std::size_t bytes_max) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto wished,
               select_keys(kWished, [&](Statement& select) { select.bind(1, trigger.value()); }));
        keys_locked(trigger).set_wishes(!wished.empty());
        for (ParkedKey& key : wished) {
            if (is_ours(key.hash)) {
                WishedFor found{.key = std::move(key), .records = {}};
                if (found.key.wish == Wish::Retry) {
                    MB_TRY(found.records, records_locked(found.key.number, records_max, bytes_max));
                }
                return std::optional(std::move(found));
            }
        }
        return std::optional<WishedFor>{};
    }

    Status settled(const ParkedKey& key, SequenceNumber through) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto transaction, base::Transaction::begin(database_));
        MB_TRY(auto remove, database_.prepare(kSettleParked));
        remove.bind(1, key.number).bind(2, through.to_string());
        MB_TRY_STATUS(remove.run());
        MB_TRY(auto end, database_.prepare(kEndParked));
        end.bind(1, key.number);
        MB_TRY(const bool is_over, end.step());
        end.reset();
        MB_TRY(const std::uint64_t left, count_bytes());
        MB_TRY_STATUS(transaction.commit());
        bytes_ = left;
        if (is_over) {
            keys_locked(key.trigger_id).erase(key.key);
        }
        return {};
    }

    Status failed(const ParkedKey& key, const std::string& error) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto update, database_.prepare(kRetryFailed));
        update.bind(1, key.number).bind(2, error);
        return update.run();
    }

    Status forget(const TriggerId& trigger) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto transaction, base::Transaction::begin(database_));
        for (const std::string_view sql : {"DELETE FROM parked_records WHERE key_number IN "
                                           "(SELECT number FROM parked_keys WHERE trigger_id = ?1)",
                                           "DELETE FROM parked_keys WHERE trigger_id = ?1"}) {
            MB_TRY(auto statement, database_.prepare(sql));
            statement.bind(1, trigger.value());
            MB_TRY_STATUS(statement.run());
        }
        MB_TRY(const std::uint64_t left, count_bytes());
        MB_TRY_STATUS(transaction.commit());
        bytes_ = left;
        keys_locked(trigger).clear();
        keys_.erase(trigger);
        return {};
    }

  private:
    ParkedKeys& keys_locked(const TriggerId& trigger) MB_REQUIRES(mutex_) {
        auto& keys = keys_[trigger];
        if (!keys) {
            keys = std::make_shared<ParkedKeys>();
        }
        return *keys;
    }

    Result<std::uint64_t> count_bytes() MB_REQUIRES(mutex_) {
        MB_TRY(auto sum, database_.prepare(kParkedBytes));
        MB_TRY([[maybe_unused]] const bool row, sum.step());
        return static_cast<std::uint64_t>(sum.column_int(0));
    }

    // Returns the bytes that were not there before.
    Result<std::uint64_t> add_locked(const TriggerId& trigger,
                                     std::span<const ParkedRecord> records) MB_REQUIRES(mutex_) {
        MB_TRY(auto insert, database_.prepare(kAddParked));
        std::uint64_t added = 0;
        for (const ParkedRecord& record : records) {
            insert.bind(1, trigger.value())
                .bind(2, record.key)
                .bind(3, record.sequence.to_string())
                .bind(4, base::to_millis(record.time))
                .bind_blob(5, record.record);
            MB_TRY(const bool is_new, insert.step());
            insert.reset();
            added += is_new ? record.record.size() : 0;
        }
        if (added > 0 && bytes_ + added > options_.bytes_max) {
            return base::fail(Code::LimitExceeded,
                              fmt::format("the parked records are full ({} of {} bytes); retry or "
                                          "drop some, or allow them more",
                                          bytes_, options_.bytes_max));
        }
        return added;
    }

    template <typename Bind>
    Result<std::vector<ParkedKey>> select_keys(std::string_view sql, Bind bind)
        MB_REQUIRES(mutex_) {
        MB_TRY(auto select, database_.prepare(sql));
        bind(select);
        std::vector<ParkedKey> found;
        for (;;) {
            MB_TRY(const bool row, select.step());
            if (!row) {
                return found;
            }
            found.push_back(read_key(select));
        }
    }

    Result<std::vector<ParkedRecord>> records_locked(std::int64_t number, std::uint32_t limit,
                                                     std::size_t bytes_max) MB_REQUIRES(mutex_) {
        MB_TRY(auto keys, select_keys(kFindParked, [&](Statement& find) { find.bind(1, number); }));
        MB_TRY(auto select, database_.prepare(kParkedRecords));
        select.bind(1, number).bind(2, static_cast<std::int64_t>(limit));
        std::vector<ParkedRecord> found;
        std::size_t bytes = 0;
        for (;;) {
            MB_TRY(const bool row, select.step());
            if (!row || keys.empty()) {
                return found;
            }
            std::string record = select.column_text(2);
            bytes += record.size();
            if (!found.empty() && bytes > bytes_max) {
                return found;
            }
            MB_TRY(const auto sequence, SequenceNumber::parse(select.column_text(0)));
            found.push_back({.key = keys.front().key,
                             .sequence = sequence,
                             .time = base::WallTime{base::Milliseconds{select.column_int(1)}},
                             .record = std::move(record)});
        }
    }

    const ParkingOptions options_;
    base::Mutex mutex_;
    base::Database database_ MB_GUARDED_BY(mutex_);
    std::uint64_t bytes_ MB_GUARDED_BY(mutex_) = 0;  // of the records
    std::map<TriggerId, std::shared_ptr<ParkedKeys>> keys_ MB_GUARDED_BY(mutex_);
};

namespace {

Result<std::unique_ptr<ParkingLot>> open_lot(base::Database database, ParkingOptions options) {
    MB_TRY_STATUS(database.migrate(kParkingSchema));
    auto lot = std::make_unique<SqliteParkingLot>(std::move(database), options);
    MB_TRY_STATUS(lot->load());
    return std::unique_ptr<ParkingLot>(std::move(lot));
}

}  // namespace

Result<std::unique_ptr<ParkingLot>> ParkingLot::open(const base::Path& file,
                                                     ParkingOptions options) {
    // Full: the checkpoint moves on once this has the record, and the log may then forget it.
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    return open_lot(std::move(database), options);
}

Result<std::unique_ptr<ParkingLot>> ParkingLot::open_in_memory(ParkingOptions options) {
    MB_TRY(auto database, base::Database::open_in_memory());
    return open_lot(std::move(database), options);
}

}  // namespace millbeck::triggers
