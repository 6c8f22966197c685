#include "sinks/files/files_sink.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/mutex.hpp"
#include "sinks/copy_reader.hpp"
#include "sinks/files/copy_fold.hpp"
#include "sinks/files/files_store.hpp"
#include "sinks/files/line_format.hpp"
#include "sinks/files/partition.hpp"
#include "sinks/outcome.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/range_check.hpp"

namespace millbeck::sinks {

namespace {

constexpr std::string_view kTarget = "files";  // in sentences

using base::Code;
using base::Instant;
using base::Status;
using Kind = Outcome::Kind;

// Of batches that no copy was begun for.
constexpr std::string_view kUnnamedGeneration = "default";

// A batch that waits for its turn. Lives on the stack of its deliver().
struct Pending {
    const Batch* batch = nullptr;
    Write write;
    Outcome outcome;
    bool is_taken = false;
    bool is_done = false;
};

// Whoever finds the store idle works for all who wait: their lines share one sync (group commit).
class FilesSink final : public Sink, public PositionKeeper, public CopyReader {
  public:
    FilesSink(FilesOptions options, Partition partition, const SinkContext& context)
        : options_(std::move(options)),
          context_(context),
          partition_(std::move(partition)),
          format_(options_),
          store_(options_, context_, format_.header()) {}

    Outcome deliver(const Batch& batch, Instant deadline) override;
    [[nodiscard]] unsigned concurrency() const override { return options_.concurrency; }
    void stop(Instant deadline) override;
    void tend(Instant deadline) override;
    PositionKeeper* position_keeper() override { return this; }
    CopyReader* copy_reader() override { return this; }

    base::Result<std::optional<Positions>> positions(const std::string& generation,
                                                     Instant deadline) override;
    Status begin(const std::string& generation, Instant deadline) override;

    [[nodiscard]] base::Result<std::optional<CopiedRow>> expected(
        const Message& row) const override;
    Status scan(const std::function<Status(CopiedRow)>& visit, Instant deadline) override;
    Status remove(const std::vector<std::string>& keys, Instant deadline) override;

  private:
    Status format(const Batch& batch, Write& write) const;
    std::optional<Outcome> enter(Pending& mine, Instant deadline);
    void work(const std::vector<Pending*>& group);
    Status work_inside(const std::vector<Pending*>& group);
    Status prepare(const std::vector<Pending*>& group, std::vector<Pending*>& good);

    template <typename Action>
    auto entered(Action action) -> decltype(action()) {
        MB_TRY_STATUS(store_.enter());
        auto result = action();
        store_.leave();
        return result;
    }

    // Exclusive use of the store, until let_go().
    Status take(Instant deadline);
    void let_go();
    template <typename Action>
    auto exclusively(Instant deadline, Action action) -> decltype(action()) {
        MB_TRY_STATUS(take(deadline));
        auto result = entered(action);
        let_go();
        return result;
    }

    const FilesOptions options_;
    const SinkContext context_;
    const Partition partition_;
    const LineFormat format_;
    FilesStore store_;  // used by whoever set is_busy_

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<Pending*> waiting_ MB_GUARDED_BY(mutex_);
    bool is_busy_ MB_GUARDED_BY(mutex_) = false;
    bool is_closed_ MB_GUARDED_BY(mutex_) = false;
    bool is_cut_ MB_GUARDED_BY(mutex_) = false;
};

// ---- delivering

Status FilesSink::format(const Batch& batch, Write& write) const {
    write.shard = batch.shard_id;
    write.position = batch.position;
    std::int64_t hour = 0;
    std::map<std::string, std::size_t> places;
    Piece* piece = nullptr;
    for (const Message& message : batch.messages) {
        const std::int64_t its_hour = Partition::hour(message.milliseconds);
        if (piece == nullptr || its_hour != hour) {
            hour = its_hour;
            const std::string folder = partition_.folder({.milliseconds = message.milliseconds,
                                                          .table = context_.table,
                                                          .shard = batch.shard_id});
            const auto [place, is_new] = places.try_emplace(folder, write.pieces.size());
            if (is_new) {
                write.pieces.push_back({.partition = folder, .text = {}, .records = 0, .span = {}});
                write.pieces.back().text.reserve(batch.payload_bytes + batch.messages.size());
            }
            piece = &write.pieces[place->second];
        }
        MB_TRY_STATUS(format_.append(piece->text, message, batch.shard_id));
        if (piece->records++ == 0) {
            piece->span.first = message.id;
        }
        piece->span.last = message.id;
    }
    return {};
}

Outcome FilesSink::deliver(const Batch& batch, Instant deadline) {
    if (batch.messages.empty() && batch.position.empty()) {
        return {};
    }
    if (context_.clock.instant() >= deadline) {
        return outcome_of(Kind::Failed, {Code::DeadlineExceeded, "the time was over at once"});
    }
    Pending mine;
    mine.batch = &batch;
    if (Status formatted = format(batch, mine.write); !formatted) {
        return outcome_of(Kind::Failed, formatted.error());
    }
    if (auto early = enter(mine, deadline)) {
        return std::move(*early);
    }
    // This thread is the one that works now.
    std::vector<Pending*> group;
    {
        const base::MutexLock lock(mutex_);
        group.assign(waiting_.begin(), waiting_.end());
        waiting_.clear();
        for (Pending* each : group) {
            each->is_taken = true;
        }
    }
    work(group);
    {
        const base::MutexLock lock(mutex_);
        for (Pending* each : group) {
            each->is_done = true;
        }
    }
    let_go();
    return std::move(mine.outcome);
}

// Waits for a turn: nullopt when it is this thread's to work for all who wait.
std::optional<Outcome> FilesSink::enter(Pending& mine, Instant deadline) {
    const base::MutexLock lock(mutex_);
    if (is_closed_) {
        return outcome_of(Kind::NotInvoked, {Code::Cancelled, "the sink is being stopped"});
    }
    waiting_.push_back(&mine);
    while (!mine.is_done) {
        if (!mine.is_taken && !is_busy_) {
            is_busy_ = true;
            return std::nullopt;
        }
        const bool is_late = !mine.is_taken && context_.clock.instant() >= deadline;
        if (!mine.is_taken && (is_cut_ || is_late)) {
            waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &mine));
            return outcome_of(
                Kind::Failed,
                is_cut_ ? base::Error{Code::Cancelled, "the sink was stopped"}
                        : base::Error{Code::DeadlineExceeded, "the disk is busy with others"});
        }
        if (mine.is_taken) {
            changed_.wait(mutex_);
        } else {
            changed_.wait_until(mutex_, deadline);
        }
    }
    return std::move(mine.outcome);
}

// Those whose generation is here go on; the others get their answer.
Status FilesSink::prepare(const std::vector<Pending*>& group, std::vector<Pending*>& good) {
    MB_TRY_STATUS(store_.open());
    for (Pending* each : group) {
        const std::string& wanted = each->batch->generation;
        if (wanted.empty() && store_.generation().empty()) {
            MB_TRY_STATUS(store_.begin(std::string(kUnnamedGeneration)));
        }
        if (!wanted.empty() && wanted != store_.generation()) {
            each->outcome = outcome_of(Kind::PositionLost, {});
        } else if (!store_.holds(each->write)) {
            good.push_back(each);
        }
    }
    return {};
}

void FilesSink::work(const std::vector<Pending*>& group) {
    const Status worked = entered([&] { return work_inside(group); });
    if (!worked) {
        const base::Error& error = worked.error();
        for (Pending* each : group) {
            // Another process is at it: nothing was tried.
            const bool is_other = error.code == Code::InUse;
            each->outcome = outcome_of(is_other ? Kind::NotInvoked : Kind::Failed, error);
        }
    }
}

// An error is everybody's.
Status FilesSink::work_inside(const std::vector<Pending*>& group) {
    std::vector<Pending*> good;
    MB_TRY_STATUS(prepare(group, good));
    std::vector<const Write*> writes;
    writes.reserve(good.size());
    for (const Pending* each : good) {
        writes.push_back(&each->write);
    }
    return writes.empty() ? Status{} : store_.commit(writes);
}

Status FilesSink::take(Instant deadline) {
    const base::MutexLock lock(mutex_);
    while (is_busy_) {
        if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout && is_busy_) {
            return base::fail(Code::DeadlineExceeded, "the disk is busy with others");
        }
    }
    is_busy_ = true;
    return {};
}

void FilesSink::let_go() {
    const base::MutexLock lock(mutex_);
    is_busy_ = false;
    changed_.notify_all();
}

void FilesSink::stop(Instant deadline) {
    {
        const base::MutexLock lock(mutex_);
        is_closed_ = true;
        while (is_busy_ || !waiting_.empty()) {
            if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
                break;
            }
        }
        is_cut_ = true;
        changed_.notify_all();
    }
    // What cannot be completed now is completed by the next start.
    static_cast<void>(exclusively(deadline, [this]() -> Status {
        return store_.is_open() ? store_.complete(FilesStore::Which::All) : Status{};
    }));
}

void FilesSink::tend(Instant deadline) {
    // An error shows in the next delivery, which tries again first.
    static_cast<void>(exclusively(deadline, [this]() -> Status {
        return store_.is_open() ? store_.complete(FilesStore::Which::Due) : Status{};
    }));
}

// ---- positions

base::Result<std::optional<Positions>> FilesSink::positions(const std::string& generation,
                                                            Instant deadline) {
    using Found = base::Result<std::optional<Positions>>;
    return exclusively(deadline, [&]() -> Found {
        MB_TRY_STATUS(store_.open());
        if (store_.generation() != generation) {
            return std::optional<Positions>{};
        }
        return std::optional<Positions>{store_.positions()};
    });
}

Status FilesSink::begin(const std::string& generation, Instant deadline) {
    return exclusively(deadline, [&]() -> Status {
        MB_TRY_STATUS(store_.open());
        return store_.begin(generation);
    });
}

// ---- reading back

base::Result<std::optional<CopiedRow>> FilesSink::expected(const Message& row) const {
    std::string text;
    MB_TRY_STATUS(format_.append(text, row, ""));
    text.pop_back();
    MB_TRY(LineFormat::Line line, format_.read(text));
    return std::optional<CopiedRow>(
        {.key = std::move(line.key), .content = std::move(line.content)});
}

// What is still being written is completed first: the manifest then names all there is.
Status FilesSink::scan(const std::function<Status(CopiedRow)>& visit, Instant deadline) {
    std::vector<base::Path> parts;
    const Status listed = exclusively(deadline, [&]() -> Status {
        MB_TRY_STATUS(store_.open());
        MB_TRY_STATUS(store_.complete(FilesStore::Which::All));
        for (const CompleteFile& file : store_.complete_files()) {
            parts.push_back(store_.root() / file.file);
        }
        return {};
    });
    MB_TRY_STATUS(listed);
    CopyFold fold({.files = context_.files,
                   .format = format_,
                   .clock = context_.clock,
                   .is_zstd = options_.zstd});
    return fold.run(parts, visit, deadline);
}

Status FilesSink::remove(const std::vector<std::string>& keys, Instant deadline) {
    return exclusively(deadline, [&]() -> Status {
        MB_TRY_STATUS(store_.open());
        if (keys.empty() || store_.generation().empty()) {
            return {};
        }
        // As new as the newest line, so that any later change wins over it.
        const std::string sequence = store_.last_sequence();
        const base::Milliseconds now = context_.clock.wall().time_since_epoch();
        Write write;
        write.shard = "repair";
        write.pieces.push_back(
            {.partition = partition_.folder(
                 {.milliseconds = now.count(), .table = context_.table, .shard = write.shard}),
             .text = {},
             .records = keys.size(),
             .span = {.first = sequence, .last = sequence}});
        for (const std::string& key : keys) {
            write.pieces[0].text += format_.removal(key, sequence);
        }
        const std::array<const Write*, 1> writes{&write};
        return store_.commit(writes);
    });
}

// ---- opening

Status check_columns(const FilesOptions& options) {
    std::set<std::string> names;
    for (const std::string& column : options.columns) {
        if (column.empty() || column.front() == '_' || !names.insert(column).second) {
            return base::fail(
                Code::Invalid,
                fmt::format("the column \"{}\" of files is empty, there twice, or begins with _",
                            column));
        }
    }
    return {};
}

Status check(const FilesOptions& options) {
    if (options.folder.empty()) {
        return base::fail(Code::Invalid, "files need a folder");
    }
    constexpr base::Milliseconds kWeek{7LL * 24 * 3'600 * 1'000};
    const auto age =
        static_cast<std::uint64_t>(std::max<std::int64_t>(options.file_age.count(), 0));
    MB_TRY_STATUS(check_range(kTarget, "file_bytes", options.file_bytes, 64u << 10, 16ULL << 30));
    MB_TRY_STATUS(check_range(kTarget, "file_age (ms)", age, 1'000,
                              static_cast<std::uint64_t>(kWeek.count())));
    MB_TRY_STATUS(check_range(kTarget, "zstd_level",
                              static_cast<std::uint64_t>(std::max(options.zstd_level, 0)), 1, 19));
    MB_TRY_STATUS(check_range(kTarget, "concurrency", options.concurrency, 1, 64));
    MB_TRY_STATUS(check_range(kTarget, "open_files_max", options.open_files_max, 1, 256));
    return check_columns(options);
}

}  // namespace

base::Result<std::unique_ptr<Sink>> open_files(FilesOptions options, const SinkContext& context) {
    MB_TRY_STATUS(check(options));
    MB_TRY(Partition partition, Partition::parse(options.partition));
    return std::make_unique<FilesSink>(std::move(options), std::move(partition), context);
}

}  // namespace millbeck::sinks
