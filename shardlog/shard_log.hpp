// The door of the log: append one atomic commit, read a shard from a position, describe, trim.
// Nothing outside this room knows about segments, files or offsets, and everything here can be said
// of a partitioned log on other machines as well.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "shardlog/doorbell.hpp"
#include "shardlog/history.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/record.hpp"

namespace millbeck::shardlog {

struct LogOptions {
    std::uint64_t segment_bytes = 64u << 20;       // range 64 KB .. 1 GB
    base::Milliseconds retention{24 * 3'600'000};  // range 1 s .. 365 d
    std::uint64_t retention_bytes = 0;             // sealed bytes kept at most; 0: no such limit
    base::Milliseconds shard_roll_after{4 * 3'600'000};  // range 1 s .. 24 h
    // One frame; range 1 MB .. 512 MB, and never more than half a segment counts.
    std::uint64_t commit_bytes_max = 32u << 20;
    // Streams of these tables keep their records longer: range `retention` .. 365 d. Segments that
    // hold such a record stay, with all after them; only retention_bytes is stronger.
    std::map<TableName, base::Milliseconds> table_retention = {};
    // Segments that retention takes are kept compressed for so long since their newest record, and
    // as many bytes of them as this at most: for history, not for streams. Range 0 (no archive),
    // or `retention` .. 3650 d.
    base::Milliseconds archive_retention{0};
    std::uint64_t archive_bytes = 0;  // 0: no such limit
};

enum class StreamStatus { Enabled, Disabled };

// A table's stream, alive or remembered until its last record is past retention.
struct Stream {
    StreamId id;
    TableId table;
    TableName table_name;
    std::string label;  // unique among the streams of one table name
    StreamViewType view_type = StreamViewType::NewAndOldImages;
    StreamStatus status = StreamStatus::Enabled;
    base::WallTime created{};
    std::string key_schema;                         // the JSON array DescribeStream shows
    std::optional<base::Milliseconds> retention{};  // set where it is longer than the log's
};

// Partition hashes [first, last], both inclusive.
struct HashRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    friend bool operator==(const HashRange&, const HashRange&) = default;
};

struct Shard {
    ShardId id;
    StreamId stream;
    std::vector<ShardId> parents;  // 0, 1, or 2 after a merge; may be gone already
    HashRange hashes;
    SequenceNumber starting;               // records carry this or more
    std::optional<SequenceNumber> ending;  // set exactly when the shard is closed
};

struct NewStream {
    TableId table;
    TableName table_name;
    StreamViewType view_type = StreamViewType::NewAndOldImages;
    std::string key_schema;
    std::uint32_t shard_count = 4;  // 1..256
};

struct ReadLimits {
    std::size_t records_max = 1000;  // 1..10'000
    std::size_t bytes_max =
        1u << 20;  // of keys and images; a first record is returned even above it
};

// Records of one shard in order, and where to go on. Views live as long as `memory`.
struct ReadPage {
    std::vector<RecordView> records;
    SequenceNumber next;        // the `from` of the next read; never past a child's first record
    bool end_of_shard = false;  // closed, and nothing is left at or after `next`
    std::shared_ptr<const void> memory;
};

// What the log costs and holds, for `/metrics`, health and people.
struct LogStats {
    SequenceNumber first;      // oldest retained position
    SequenceNumber published;  // newest position readers may see
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;
    std::uint64_t shards_open = 0;
    // Why writes are refused (NoSpace) and what to do, for a person; "" while they are taken.
    // Ends by itself when maintain() finds room for a segment.
    std::string out_of_space{};
    std::uint64_t archived_segments = 0;
    std::uint64_t archived_bytes = 0;      // on disk
    std::uint64_t archived_raw_bytes = 0;  // before they were compressed
    std::uint64_t to_compact = 0;          // of archived segments, since compact()
};

// What a pin is there for: reading shards needs the log itself, history is content with the
// archive.
enum class PinFor { Shards, History };

// Who keeps the log from which position on.
struct PinInfo {
    std::string owner;  // for people; "": somebody, for the length of a call
    SequenceNumber from;
    PinFor what = PinFor::Shards;
};

// The shards as those read them who follow them.
// Threads: any.
class ShardReader {
  public:
    virtual ~ShardReader() = default;

    // Records of a shard at or after `from`. An empty page that is not end_of_shard means "wait".
    // Errors: NotFound (unknown or forgotten shard), Trimmed (records at or after `from` are gone),
    // Corrupt.
    [[nodiscard]] virtual base::Result<ReadPage> read(ShardNumber shard, SequenceNumber from,
                                                      const ReadLimits& limits) const = 0;

    // Oldest position of a shard that read() can serve: its `starting` or what trimming left.
    [[nodiscard]] virtual base::Result<SequenceNumber> trim_horizon(ShardNumber shard) const = 0;

    // Just after the newest published record (of any shard).
    [[nodiscard]] virtual SequenceNumber latest() const = 0;

    [[nodiscard]] virtual std::optional<Shard> find_shard(ShardNumber shard) const = 0;
};

// Keeps the log from a position on, whatever retention says, while it lives.
class Pin {
  public:
    virtual ~Pin() = default;
    virtual void advance(SequenceNumber to) = 0;  // never backwards
};

// Invariants: positions increase by one per record, in append order; bytes at or below published()
//             never change; a record is in exactly one shard of its stream, chosen by its hash; a
//             shard's records lie in [starting, ending].
// Threads:    "writer" calls by one thread at a time (capture's committer); "maintain" by one
// thread;
//             the rest by any.
// Errors:     NoSpace and Io on append leave the log as it was; after a failed sync everything
// fails
//             with Io (what is on disk is unknown); Corrupt names the segment and offset.
class ShardLog : public ShardReader {
  public:
    // Creates or recovers: cuts a torn tail (and logs how many bytes), rebuilds missing indexes.
    // Corrupt when a sealed segment is damaged below the tail.
    static base::Result<std::unique_ptr<ShardLog>> open(base::FileSystem& files, base::Path folder,
                                                        const base::Clock& clock,
                                                        base::Metrics& metrics, LogOptions options);
    // ---- writer
    // Encodes the records as one frame and buffers it; all or nothing, also through a crash.
    // Returns the position of the first. LimitExceeded above commit_bytes_max. Requires: not empty.
    virtual base::Result<SequenceNumber> append(std::span<const RecordDraft> records) = 0;

    // Writes and makes everything appended durable, with one fdatasync.
    virtual base::Status sync() = 0;

    // Drops what was appended and not synced: the group was refused (NoSpace).
    virtual void discard() = 0;

    // Lets readers see everything synced, and rings the bells of the shards that grew.
    virtual void publish() = 0;

    // Position of the next record to be appended.
    [[nodiscard]] virtual SequenceNumber next_sequence() const = 0;

    // Durable at return. Requires (all six): nothing appended that is not published.
    virtual base::Result<Stream> enable_stream(const NewStream& spec) = 0;
    virtual base::Status disable_stream(StreamId stream) = 0;  // closes its open shards; idempotent
    // Closes the shard, opens one child. InUse when it is closed already.
    virtual base::Result<Shard> roll_shard(ShardNumber shard) = 0;
    // Closes the shard, opens two children, the second from hash `at` on (default: the middle).
    virtual base::Result<std::vector<Shard>> split_shard(ShardNumber shard,
                                                         std::optional<std::uint64_t> at) = 0;
    // Closes two open shards with neighbouring hashes, opens one child. Invalid: not neighbours.
    virtual base::Result<Shard> merge_shards(ShardNumber left, ShardNumber right) = 0;
    // Rolls every open shard older than shard_roll_after. Returns how many.
    virtual base::Result<std::size_t> roll_due_shards() = 0;

    // ---- readers: ShardReader's, and
    // Every commit at or after `from` in order, including records of tables without a stream; stops
    // at the published end or at the visitor's error. Memory is bounded by one segment.
    // Trimmed when the log does not reach back to `from`.
    virtual base::Status scan(
        SequenceNumber from, const std::function<base::Status(const CommitView&)>& visit) const = 0;

    // What is known of the past, beyond retention too where there is an archive. Lives as long as
    // the log.
    [[nodiscard]] virtual const LogHistory& history() const = 0;

    // ---- description (values, copied under a leaf lock)
    [[nodiscard]] virtual std::vector<Stream> streams() const = 0;  // by table name, then label
    [[nodiscard]] virtual std::optional<Stream> find_stream(StreamId stream) const = 0;
    [[nodiscard]] virtual std::optional<Stream> find_stream(const TableName& table,
                                                            std::string_view label) const = 0;
    [[nodiscard]] virtual std::vector<Shard> shards(StreamId stream) const = 0;  // in ShardId order
    [[nodiscard]] virtual LogStats stats() const = 0;

    // ---- bells; a bell rings on the writer's thread and is silent after detach() returned
    virtual void attach(ShardNumber shard, Doorbell& bell) = 0;
    virtual void detach(ShardNumber shard, Doorbell& bell) = 0;
    virtual void attach_all(
        Doorbell& bell) = 0;  // any publish, and any change of shards or streams
    virtual void detach_all(Doorbell& bell) = 0;

    // ---- retention
    // `owner` is for people: who asks what keeps the log is told it.
    virtual std::unique_ptr<Pin> pin(SequenceNumber from, std::string owner,
                                     PinFor what = PinFor::Shards) = 0;
    [[nodiscard]] virtual std::vector<PinInfo> pins() const = 0;  // oldest position first

    // Records at or below `applied` are durable in the tables: recovery does not need them.
    virtual void release(SequenceNumber applied) = 0;

    // Highest position in a sealed segment: when it moves, the tables should flush and release().
    [[nodiscard]] virtual SequenceNumber sealed_through() const = 0;

    // Wishes that maintain() seals the growing segment, moves all that is due at once, and
    // compresses the archive as far as it can be, a segment a call: stats().to_compact counts down.
    virtual void compact() = 0;

    // ---- maintain: prepares the next segment (prezeroed or recycled), writes indexes of sealed
    // segments, trims what is past retention, released and unpinned, forgets streams and shards
    // with nothing left. Call every few seconds. Never blocks the writer for I/O.
    virtual base::Status maintain() = 0;
};

}  // namespace millbeck::shardlog
