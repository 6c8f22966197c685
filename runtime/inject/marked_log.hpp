// A log as its streams' readers see it when somebody has wished that a stream is trimmed: the same
// log, but what is before the mark is gone for them. Nothing of the log itself changes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/inject/stream_marks.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

// Invariants: read() of a marked stream's shard gives no record before the mark: Trimmed, exactly
//             if there are such records at or after `from`; trim_horizon() is then the mark, or
//             the shard's end before it. Everything else, history and scan() too, is the log's own.
// Threads:    as the log.
// Lifetime:   log and marks outlive it.
class MarkedLog final : public shardlog::ShardLog {
  public:
    MarkedLog(shardlog::ShardLog& log, const StreamMarks& marks) : log_(log), marks_(marks) {}

    [[nodiscard]] base::Result<shardlog::ReadPage> read(
        shardlog::ShardNumber shard, shardlog::SequenceNumber from,
        const shardlog::ReadLimits& limits) const override;
    [[nodiscard]] base::Result<shardlog::SequenceNumber> trim_horizon(
        shardlog::ShardNumber shard) const override;

    // ---- the log's own
    base::Result<shardlog::SequenceNumber> append(
        std::span<const shardlog::RecordDraft> records) override {
        return log_.append(records);
    }
    base::Status sync() override { return log_.sync(); }
    void discard() override { log_.discard(); }
    void publish() override { log_.publish(); }
    [[nodiscard]] shardlog::SequenceNumber next_sequence() const override {
        return log_.next_sequence();
    }
    base::Result<shardlog::Stream> enable_stream(const shardlog::NewStream& spec) override {
        return log_.enable_stream(spec);
    }
    base::Status disable_stream(shardlog::StreamId stream) override {
        return log_.disable_stream(stream);
    }
    base::Result<shardlog::Shard> roll_shard(shardlog::ShardNumber shard) override {
        return log_.roll_shard(shard);
    }
    base::Result<std::vector<shardlog::Shard>> split_shard(
        shardlog::ShardNumber shard, std::optional<std::uint64_t> at) override {
        return log_.split_shard(shard, at);
    }
    base::Result<shardlog::Shard> merge_shards(shardlog::ShardNumber left,
                                               shardlog::ShardNumber right) override {
        return log_.merge_shards(left, right);
    }
    base::Result<std::size_t> roll_due_shards() override { return log_.roll_due_shards(); }
    base::Status scan(
        shardlog::SequenceNumber from,
        const std::function<base::Status(const shardlog::CommitView&)>& visit) const override {
        return log_.scan(from, visit);
    }
    [[nodiscard]] const shardlog::LogHistory& history() const override { return log_.history(); }
    [[nodiscard]] shardlog::SequenceNumber latest() const override { return log_.latest(); }
    [[nodiscard]] std::vector<shardlog::Stream> streams() const override { return log_.streams(); }
    [[nodiscard]] std::optional<shardlog::Stream> find_stream(
        shardlog::StreamId stream) const override {
        return log_.find_stream(stream);
    }
    [[nodiscard]] std::optional<shardlog::Stream> find_stream(
        const shardlog::TableName& table, std::string_view label) const override {
        return log_.find_stream(table, label);
    }
    [[nodiscard]] std::vector<shardlog::Shard> shards(shardlog::StreamId stream) const override {
        return log_.shards(stream);
    }
    [[nodiscard]] std::optional<shardlog::Shard> find_shard(
        shardlog::ShardNumber shard) const override {
        return log_.find_shard(shard);
    }
    [[nodiscard]] shardlog::LogStats stats() const override { return log_.stats(); }
    void attach(shardlog::ShardNumber shard, shardlog::Doorbell& bell) override {
        log_.attach(shard, bell);
    }
    void detach(shardlog::ShardNumber shard, shardlog::Doorbell& bell) override {
        log_.detach(shard, bell);
    }
    void attach_all(shardlog::Doorbell& bell) override { log_.attach_all(bell); }
    void detach_all(shardlog::Doorbell& bell) override { log_.detach_all(bell); }
    std::unique_ptr<shardlog::Pin> pin(shardlog::SequenceNumber from, std::string owner,
                                       shardlog::PinFor what) override {
        return log_.pin(from, std::move(owner), what);
    }
    [[nodiscard]] std::vector<shardlog::PinInfo> pins() const override { return log_.pins(); }
    void release(shardlog::SequenceNumber applied) override { log_.release(applied); }
    [[nodiscard]] shardlog::SequenceNumber sealed_through() const override {
        return log_.sealed_through();
    }
    void compact() override { log_.compact(); }
    base::Status maintain() override { return log_.maintain(); }

  private:
    // The mark of the shard's stream, if it hides records of the shard at or after `from`.
    [[nodiscard]] base::Result<std::optional<shardlog::SequenceNumber>> hides(
        shardlog::ShardNumber shard, shardlog::SequenceNumber from) const;

    shardlog::ShardLog& log_;
    const StreamMarks& marks_;
};

}  // namespace millbeck::runtime
