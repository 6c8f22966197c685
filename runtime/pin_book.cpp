#include "runtime/pin_book.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/sqlite.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Statement;
using base::Status;
using shardlog::SequenceNumber;

namespace {

// Each later schema change is one more entry; entries never change.
constexpr std::array<std::string_view, 1> kSchema = {R"sql(
    CREATE TABLE pins (
        name TEXT PRIMARY KEY,
        position TEXT NOT NULL,
        made_ms INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
)sql"};

bool is_name(std::string_view name) {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !name.empty() && name.size() <= kPinNameMax &&
           name.find_first_not_of(kAllowed) == std::string_view::npos;
}

class SqlitePinBook final : public PinBook {
  public:
    SqlitePinBook(base::Database database, shardlog::ShardLog& log)
        : database_(std::move(database)), log_(log) {}

    Status load() {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto select, database_.prepare("SELECT name, position, made_ms, reason FROM pins"));
        for (;;) {
            MB_TRY(const bool row, select.step());
            if (!row) {
                return {};
            }
            MB_TRY(const auto from, SequenceNumber::parse(select.column_text(1)));
            NamedPin pin{.name = select.column_text(0),
                         .from = from,
                         .made = base::WallTime{base::Milliseconds{select.column_int(2)}},
                         .reason = select.column_text(3)};
            hold(std::move(pin));
        }
    }

    // Pinned first, then looked at: what is there then stays.
    Status add(const NamedPin& pin) override {
        MB_TRY_STATUS(check(pin));
        const base::MutexLock lock(mutex_);
        if (held_.contains(pin.name)) {
            return base::fail(Code::InUse, fmt::format("there is a pin \"{}\" already", pin.name));
        }
        if (held_.size() >= kPinsMax) {
            return base::fail(
                Code::LimitExceeded,
                fmt::format("there are {} pins, as many as may be; remove one first", kPinsMax));
        }
        hold(pin);
        Status stored = store(pin);
        if (const SequenceNumber first = log_.history().oldest(); stored && pin.from < first) {
            stored = base::fail(Code::Trimmed,
                                fmt::format("the log does not reach back to {}; its oldest "
                                            "position is {}",
                                            pin.from.to_string(), first.to_string()));
            if (const Status taken_back = erase(pin.name); !taken_back) {
                stored = taken_back;
            }
        }
        if (!stored) {
            held_.erase(pin.name);
        }
        return stored;
    }

    Status remove(const std::string& name) override {
        const base::MutexLock lock(mutex_);
        if (!held_.contains(name)) {
            return base::fail(Code::NotFound, fmt::format("there is no pin \"{}\"", name));
        }
        MB_TRY_STATUS(erase(name));
        held_.erase(name);
        return {};
    }

    [[nodiscard]] std::vector<NamedPin> all() const override {
        const base::MutexLock lock(mutex_);
        std::vector<NamedPin> pins;
        for (const auto& [name, held] : held_) {
            pins.push_back(held.pin);
        }
        return pins;
    }

  private:
    struct Held {
        NamedPin pin;
        std::unique_ptr<shardlog::Pin> hold;
    };

    static Status check(const NamedPin& pin) {
        if (!is_name(pin.name)) {
            return base::fail(
                Code::Invalid,
                fmt::format("\"{}\" is no name of a pin: 1 to {} letters, digits and -_.", pin.name,
                            kPinNameMax));
        }
        if (pin.reason.size() > kPinReasonMax) {
            return base::fail(Code::Invalid,
                              fmt::format("a reason has at most {} bytes", kPinReasonMax));
        }
        return {};
    }

    void hold(NamedPin pin) MB_REQUIRES(mutex_) {
        auto held =
            log_.pin(pin.from, fmt::format("pin \"{}\"", pin.name), shardlog::PinFor::History);
        const std::string name = pin.name;
        held_.emplace(name, Held{std::move(pin), std::move(held)});
    }

    Status store(const NamedPin& pin) MB_REQUIRES(mutex_) {
        MB_TRY(auto insert, database_.prepare("INSERT INTO pins VALUES (?1, ?2, ?3, ?4)"));
        insert.bind(1, pin.name)
            .bind(2, pin.from.to_string())
            .bind(3, base::to_millis(pin.made))
            .bind(4, pin.reason);
        return insert.run();
    }

    Status erase(const std::string& name) MB_REQUIRES(mutex_) {
        MB_TRY(auto remove, database_.prepare("DELETE FROM pins WHERE name = ?1"));
        remove.bind(1, name);
        return remove.run();
    }

    mutable base::Mutex mutex_;
    base::Database database_ MB_GUARDED_BY(mutex_);
    shardlog::ShardLog& log_;
    std::map<std::string, Held> held_ MB_GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<PinBook>> PinBook::open(const base::Path& file, shardlog::ShardLog& log) {
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kSchema));
    auto book = std::make_unique<SqlitePinBook>(std::move(database), log);
    MB_TRY_STATUS(book->load());
    return std::unique_ptr<PinBook>(std::move(book));
}

}  // namespace millbeck::runtime
