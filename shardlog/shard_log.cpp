#include "shardlog/shard_log.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "shardlog/archive.hpp"
#include "shardlog/bell_board.hpp"
#include "shardlog/log_files.hpp"
#include "shardlog/log_metrics.hpp"
#include "shardlog/log_past.hpp"
#include "shardlog/log_reader.hpp"
#include "shardlog/log_state.hpp"
#include "shardlog/log_writer.hpp"
#include "shardlog/pin_board.hpp"
#include "shardlog/recovery.hpp"
#include "shardlog/retention.hpp"
#include "shardlog/segment_pool.hpp"
#include "shardlog/shard_map.hpp"
#include "shardlog/space_watch.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Milliseconds;
using base::Result;
using base::Status;

constexpr std::uint64_t kSegmentBytesMin = 64u << 10;
constexpr std::uint64_t kSegmentBytesMax = 1u << 30;
constexpr std::uint64_t kCommitBytesMin = 1u << 20;
constexpr Milliseconds kSecond{1000};
constexpr Milliseconds kDay{24 * 3'600'000};

Status check_range(std::string_view name, std::uint64_t value, std::uint64_t min,
                   std::uint64_t max) {
    if (value < min || value > max) {
        return fail(Code::Invalid,
                    fmt::format("log option {} is {}, it must be {} to {}", name, value, min, max));
    }
    return {};
}

Status check(const LogOptions& options) {
    const auto ms = [](Milliseconds time) { return static_cast<std::uint64_t>(time.count()); };
    MB_TRY_STATUS(
        check_range("segment_bytes", options.segment_bytes, kSegmentBytesMin, kSegmentBytesMax));
    MB_TRY_STATUS(check_range("commit_bytes_max", options.commit_bytes_max, kCommitBytesMin,
                              kSegmentBytesMax / 2));
    MB_TRY_STATUS(
        check_range("retention (ms)", ms(options.retention), ms(kSecond), 365 * ms(kDay)));
    for (const auto& [table, retention] : options.table_retention) {
        MB_TRY_STATUS(check_range("retention (ms) of table " + table.value(), ms(retention),
                                  ms(options.retention), 365 * ms(kDay)));
    }
    if (options.archive_retention.count() > 0) {
        MB_TRY_STATUS(check_range("archive_retention (ms)", ms(options.archive_retention),
                                  ms(options.retention), 3650 * ms(kDay)));
    }
    return check_range("shard_roll_after (ms)", ms(options.shard_roll_after), ms(kSecond),
                       ms(kDay));
}

// Everything that must exist before the log does, in the order in which it is made.
struct Parts {
    std::unique_ptr<ShardMap> map;
    std::unique_ptr<SegmentPool> pool;
    std::unique_ptr<Archive> archive;
    RecoveredLog recovered;
    std::uint32_t epoch = 0;
};

// The first segment of an empty folder.
Status begin_log(base::FileSystem& files, const base::Path& folder, std::uint64_t segment_bytes,
                 Parts& parts) {
    SegmentHeader header{.epoch = parts.epoch, .first = SequenceNumber{1}};
    MB_TRY(std::shared_ptr<base::File> file, parts.pool->take(header));
    auto segment = std::make_shared<Segment>(files, folder, header.first, segment_bytes,
                                             std::make_shared<GrowingIndex>());
    parts.recovered.head = {.segment = segment,
                            .file = std::move(file),
                            .extent = segment->extent(),
                            .next = header.first,
                            .link = link_of(header.checksum)};
    parts.recovered.segments.push_back(std::move(segment));
    return {};
}

class FileShardLog final : public ShardLog {
  public:
    FileShardLog(base::FileSystem& files, base::Path folder, const base::Clock& clock,
                 base::Metrics& metrics, LogOptions options, Parts parts)
        : options_(std::move(options)),
          clock_(clock),
          metrics_(metrics),
          map_(std::move(parts.map)),
          pool_(std::move(parts.pool)),
          archive_(std::move(parts.archive)),
          state_(std::move(parts.recovered.segments),
                 SequenceNumber{parts.recovered.head.next.position() - 1}),
          space_(folder, metrics_.refusing),
          writer_(
              files, folder, clock, metrics_, state_, space_, *pool_, *map_,
              {.segment_bytes = options_.segment_bytes,
               .commit_bytes_max = std::min(options_.commit_bytes_max, options_.segment_bytes / 2),
               .epoch = parts.epoch},
              std::move(parts.recovered.head)),
          reader_(state_, *map_),
          past_(state_, *archive_),
          retention_(files, std::move(folder), clock, metrics_, state_, *pool_, *map_, pins_,
                     *archive_, options_) {
        metrics_.torn_bytes.add(static_cast<double>(parts.recovered.torn_bytes));
        metrics_.published_sequence.set(static_cast<double>(state_.published().position()));
        show_size();
    }

    // ---- writer
    Result<SequenceNumber> append(std::span<const RecordDraft> records) override {
        return writer_.append(records);
    }
    Status sync() override { return writer_.sync(); }
    void discard() override { writer_.discard(); }
    void publish() override {
        const SequenceNumber before = state_.published();
        const auto grown = writer_.publish();
        if (state_.published() != before) {
            bells_.ring(grown);
        }
    }
    [[nodiscard]] SequenceNumber next_sequence() const override { return writer_.next(); }

    Result<Stream> enable_stream(const NewStream& spec) override {
        MB_TRY_STATUS(begin_change());
        MB_TRY(Stream stream, map_->enable(spec, clock_.wall(), writer_.next()));
        bells_.ring({});
        return kept(std::move(stream));
    }
    Status disable_stream(StreamId stream) override {
        MB_TRY_STATUS(begin_change());
        MB_TRY(const auto closed, map_->disable(stream, clock_.wall(), writer_.next()));
        ring(closed);
        return {};
    }
    Result<Shard> roll_shard(ShardNumber shard) override {
        MB_TRY_STATUS(begin_change());
        MB_TRY(const Replacement plan, map_->plan_roll(shard));
        MB_TRY(std::vector<Shard> children, replace({&plan, 1}));
        return std::move(children.front());
    }
    Result<std::vector<Shard>> split_shard(ShardNumber shard,
                                           std::optional<std::uint64_t> at) override {
        MB_TRY_STATUS(begin_change());
        MB_TRY(const Replacement plan, map_->plan_split(shard, at));
        return replace({&plan, 1});
    }
    Result<Shard> merge_shards(ShardNumber left, ShardNumber right) override {
        MB_TRY_STATUS(begin_change());
        MB_TRY(const Replacement plan, map_->plan_merge(left, right));
        MB_TRY(std::vector<Shard> children, replace({&plan, 1}));
        return std::move(children.front());
    }
    Result<std::size_t> roll_due_shards() override {
        MB_TRY_STATUS(begin_change());
        const base::WallTime created{clock_.wall() - options_.shard_roll_after};
        const std::vector<Replacement> due = map_->plan_due_rolls(created);
        if (!due.empty()) {
            MB_TRY([[maybe_unused]] const auto children, replace(due));
        }
        MB_TRY_STATUS(writer_.seal_if_wished());
        return due.size();
    }

    // ---- readers
    [[nodiscard]] Result<ReadPage> read(ShardNumber shard, SequenceNumber from,
                                        const ReadLimits& limits) const override {
        return reader_.read(shard, from, limits);
    }
    [[nodiscard]] Result<SequenceNumber> trim_horizon(ShardNumber shard) const override {
        return reader_.trim_horizon(shard);
    }
    [[nodiscard]] SequenceNumber latest() const override { return state_.published().next(); }
    [[nodiscard]] Status scan(
        SequenceNumber from, const std::function<Status(const CommitView&)>& visit) const override {
        return reader_.scan(from, visit);
    }

    [[nodiscard]] const LogHistory& history() const override { return past_; }

    // ---- description
    [[nodiscard]] std::vector<Stream> streams() const override {
        std::vector<Stream> all = map_->streams();
        for (Stream& stream : all) {
            stream = kept(std::move(stream));
        }
        return all;
    }
    [[nodiscard]] std::optional<Stream> find_stream(StreamId stream) const override {
        auto found = map_->find_stream(stream);
        return found ? std::optional(kept(*std::move(found))) : std::nullopt;
    }
    [[nodiscard]] std::optional<Stream> find_stream(const TableName& table,
                                                    std::string_view label) const override {
        auto found = map_->find_stream(table, label);
        return found ? std::optional(kept(*std::move(found))) : std::nullopt;
    }
    [[nodiscard]] std::vector<Shard> shards(StreamId stream) const override {
        return map_->shards(stream);
    }
    [[nodiscard]] std::optional<Shard> find_shard(ShardNumber shard) const override {
        return map_->find_shard(shard);
    }
    [[nodiscard]] LogStats stats() const override {
        const auto segments = state_.segments();
        LogStats stats{.first = segments->front()->first(),
                       .published = state_.published(),
                       .segments = segments->size(),
                       .shards_open = map_->open_shards(),
                       .out_of_space = space_.reason()};
        for (const auto& segment : *segments) {
            stats.bytes += segment->file_bytes();
        }
        archive_->tell(stats);
        return stats;
    }

    // ---- bells
    void attach(ShardNumber shard, Doorbell& bell) override { bells_.attach(shard, bell); }
    void detach(ShardNumber shard, Doorbell& bell) override { bells_.detach(shard, bell); }
    void attach_all(Doorbell& bell) override { bells_.attach_all(bell); }
    void detach_all(Doorbell& bell) override { bells_.detach_all(bell); }

    // ---- retention
    std::unique_ptr<Pin> pin(SequenceNumber from, std::string owner, PinFor what) override {
        return pins_.pin({.owner = std::move(owner), .from = from, .what = what});
    }
    [[nodiscard]] std::vector<PinInfo> pins() const override { return pins_.pins(); }
    void release(SequenceNumber applied) override { retention_.release(applied); }
    [[nodiscard]] SequenceNumber sealed_through() const override {
        return SequenceNumber{state_.segments()->back()->first().position() - 1};
    }
    void compact() override {
        writer_.wish_seal();
        archive_->compact();
    }
    Status maintain() override;

  private:
    // With what is not stored of a stream, because it is a setting: its retention.
    [[nodiscard]] Stream kept(Stream stream) const {
        const auto own = options_.table_retention.find(stream.table_name);
        if (own != options_.table_retention.end() && own->second > options_.retention) {
            stream.retention = own->second;
        }
        return stream;
    }
    // Shards and streams change between groups only: their bounds are positions of the log.
    [[nodiscard]] Status begin_change() const {
        MB_CHECK(writer_.idle(), "something is appended that is not published");
        return state_.check();
    }
    Result<std::vector<Shard>> replace(std::span<const Replacement> plans) {
        MB_TRY(auto children, map_->replace(plans, clock_.wall(), writer_.next()));
        std::vector<ShardNumber> closed;
        for (const Replacement& plan : plans) {
            closed.insert(closed.end(), plan.parents.begin(), plan.parents.end());
        }
        ring(closed);
        return children;
    }
    void ring(const std::vector<ShardNumber>& shards) {
        std::vector<std::uint32_t> numbers;
        numbers.reserve(shards.size());
        for (const ShardNumber shard : shards) {
            numbers.push_back(shard.value());
        }
        bells_.ring(numbers);
    }
    void show_size() {
        const LogStats now = stats();
        metrics_.segments.set(static_cast<double>(now.segments));
        metrics_.bytes.set(static_cast<double>(now.bytes));
    }

    const LogOptions options_;
    const base::Clock& clock_;
    LogMetrics metrics_;
    std::unique_ptr<ShardMap> map_;
    std::unique_ptr<SegmentPool> pool_;
    std::unique_ptr<Archive> archive_;
    LogState state_;
    PinBoard pins_;
    BellBoard bells_;
    SpaceWatch space_;
    LogWriter writer_;
    LogReader reader_;
    LogPast past_;
    Retention retention_;
};

// Each step is worth doing even if one before it failed; the first error is told.
Status FileShardLog::maintain() {
    MB_TRY_STATUS(state_.check());
    Status noted = map_->note_durable(state_.published());
    Status settled = retention_.settle();
    Status trimmed = retention_.trim();
    retention_.rest();
    if (retention_.wants_seal()) {
        writer_.wish_seal();
    }
    Status prepared;
    if (space_.refusing()) {
        prepared = pool_->prove_room();
        if (prepared) {
            space_.note_room();
        }
    } else if (!state_.segments()->back()->empty()) {
        prepared = pool_->prepare();  // an unused log takes no more disk than its first segment
    }
    show_size();
    for (Status* status : {&noted, &settled, &trimmed, &prepared}) {
        if (!*status) {
            return base::with_context("maintain the log", std::move(*status).error());
        }
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<ShardLog>> ShardLog::open(base::FileSystem& files, base::Path folder,
                                                 const base::Clock& clock, base::Metrics& metrics,
                                                 LogOptions options) {
    MB_TRY_STATUS(check(options));
    MB_TRY_STATUS(files.create_folders(folder));
    Parts parts;
    MB_TRY(parts.map, ShardMap::open(folder));
    parts.pool = std::make_unique<SegmentPool>(files, folder, options.segment_bytes);
    MB_TRY(parts.archive, Archive::open(files, folder / kArchiveFolder, options));
    MB_TRY(parts.recovered, recover_log(files, folder, parts.map->numbers(), *parts.pool));
    const SequenceNumber reached{parts.recovered.head.next.position() - 1};
    MB_TRY(parts.epoch, parts.map->begin_epoch(reached));
    if (parts.recovered.segments.empty()) {
        MB_TRY_STATUS(begin_log(files, folder, options.segment_bytes, parts));
    }
    if (parts.recovered.torn_bytes > 0) {
        base::log(base::LogLevel::Warn, "shardlog", "cut a write that was never acknowledged",
                  {{"segment", parts.recovered.head.segment->name()},
                   {"bytes", parts.recovered.torn_bytes}});
    }
    return std::make_unique<FileShardLog>(files, std::move(folder), clock, metrics,
                                          std::move(options), std::move(parts));
}

}  // namespace millbeck::shardlog
