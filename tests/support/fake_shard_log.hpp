// A shard log in memory: the door's promises without files, and faults on request. What a test
// writes is published at once. Not for tests of durability.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "shardlog/shard_log.hpp"

namespace millbeck::tests {

// Threads: one.
class FakeShardLog final : public shardlog::ShardLog {
  public:
    using SequenceNumber = shardlog::SequenceNumber;
    using Shard = shardlog::Shard;
    using ShardNumber = shardlog::ShardNumber;
    using Stream = shardlog::Stream;
    using StreamId = shardlog::StreamId;

    explicit FakeShardLog(const base::Clock& clock) : clock_(clock) {}

    // ---- for tests

    // A stream on a table of this name; its table id is new.
    Stream add_stream(const std::string& table, std::uint32_t shards = 1) {
        const shardlog::TableId id{next_table_++};
        return *enable_stream({.table = id,
                               .table_name = shardlog::TableName{table},
                               .view_type = shardlog::StreamViewType::NewAndOldImages,
                               .key_schema = "[]",
                               .shard_count = shards});
    }

    // Writes an INSERT of {"id":{"S":key}} with {"v":{"S":value}} to this shard, whatever its
    // hashes.
    SequenceNumber put(ShardNumber shard, const std::string& key, const std::string& value = "x") {
        Kept kept;
        kept.view.sequence = next_;
        kept.view.time = clock_.wall();
        kept.view.shard = shard;
        kept.view.stream = shards_.at(shard).stream;
        kept.row_key = row_key_of(key);
        kept.keys = "{\"id\":{\"S\":\"" + key + "\"}}";
        kept.new_image = "{\"id\":{\"S\":\"" + key + "\"},\"v\":{\"S\":\"" + value + "\"}}";
        return add(std::move(kept));
    }

    // As capture makes them: the hash of the partition key, then the key.
    static std::string row_key_of(const std::string& key) {
        const std::uint64_t hash = std::hash<std::string>{}(key);
        std::string row_key;
        for (int shift = 56; shift >= 0; shift -= 8) {
            row_key += static_cast<char>((hash >> static_cast<unsigned>(shift)) & 0xFFU);
        }
        return row_key + key;
    }

    // Drops the shard's records below `below`: reading there is Trimmed from now on.
    void trim(ShardNumber shard, SequenceNumber below) {
        auto& records = records_[shard];
        const bool took = !records.empty() && records.begin()->first < below;
        records.erase(records.begin(), records.lower_bound(below));
        if (took) {
            horizons_[shard] = std::max(horizons_[shard], below);
        }
    }

    // Forgets a shard as if its last record were long past retention.
    void forget(ShardNumber shard) {
        shards_.erase(shard);
        records_.erase(shard);
    }

    // While set, every read fails with it.
    std::optional<base::Error> read_error;
    // Reads so far.
    mutable std::uint64_t reads = 0;

    // ---- writer
    base::Result<SequenceNumber> append(std::span<const shardlog::RecordDraft> records) override {
        const SequenceNumber first{next_.position() + pending_.size()};
        for (const shardlog::RecordDraft& draft : records) {
            Kept kept;
            kept.view.sequence = SequenceNumber{next_.position() + pending_.size()};
            kept.view.time = clock_.wall();
            kept.view.table = draft.table;
            kept.view.stream = draft.stream;
            kept.view.shard = route(draft);
            kept.view.event = draft.event;
            kept.view.origin = draft.origin;
            kept.row_key = draft.row_key;
            kept.keys = draft.keys.text;
            kept.new_image = draft.new_image.text;
            kept.old_image = draft.old_image.text;
            kept.view.keys.size_bytes = draft.keys.size_bytes;
            kept.view.new_image.size_bytes = draft.new_image.size_bytes;
            kept.view.old_image.size_bytes = draft.old_image.size_bytes;
            pending_.push_back(std::move(kept));
        }
        return first;
    }
    base::Status sync() override { return {}; }
    void discard() override { pending_.clear(); }
    void publish() override {
        for (Kept& kept : std::exchange(pending_, {})) {
            add(std::move(kept));
        }
    }
    [[nodiscard]] SequenceNumber next_sequence() const override {
        return SequenceNumber{next_.position() + pending_.size()};
    }

    base::Result<Stream> enable_stream(const shardlog::NewStream& spec) override {
        Stream stream;
        stream.id = StreamId{next_stream_++};
        stream.table = spec.table;
        stream.table_name = spec.table_name;
        stream.label = "label-" + std::to_string(stream.id.value());
        stream.view_type = spec.view_type;
        stream.created = clock_.wall();
        stream.key_schema = spec.key_schema;
        streams_[stream.id] = stream;
        const std::uint64_t step = UINT64_MAX / spec.shard_count;
        for (std::uint32_t i = 0; i < spec.shard_count; ++i) {
            const bool last = i + 1 == spec.shard_count;
            open_shard(stream.id, {}, {i * step, last ? UINT64_MAX : (i + 1) * step - 1});
        }
        return stream;
    }
    base::Status disable_stream(StreamId stream) override {
        streams_.at(stream).status = shardlog::StreamStatus::Disabled;
        for (auto& [number, shard] : shards_) {
            if (shard.stream == stream && !shard.ending) {
                close(shard);
            }
        }
        ring_all();
        return {};
    }
    base::Result<Shard> roll_shard(ShardNumber number) override {
        MB_TRY(const Shard parent, close_open(number));
        return open_shard(parent.stream, {parent.id}, parent.hashes);
    }
    base::Result<std::vector<Shard>> split_shard(ShardNumber number,
                                                 std::optional<std::uint64_t> at) override {
        MB_TRY(const Shard parent, close_open(number));
        const auto [first, last] = parent.hashes;
        const std::uint64_t middle = at.value_or(first + (last - first) / 2 + 1);
        return std::vector<Shard>{open_shard(parent.stream, {parent.id}, {first, middle - 1}),
                                  open_shard(parent.stream, {parent.id}, {middle, last})};
    }
    base::Result<Shard> merge_shards(ShardNumber left, ShardNumber right) override {
        MB_TRY(const Shard a, close_open(left));
        MB_TRY(const Shard b, close_open(right));
        return open_shard(a.stream, {a.id, b.id}, {a.hashes.first, b.hashes.last});
    }
    base::Result<std::size_t> roll_due_shards() override { return 0; }

    // ---- readers
    base::Result<shardlog::ReadPage> read(ShardNumber number, SequenceNumber from,
                                          const shardlog::ReadLimits& limits) const override {
        ++reads;
        if (read_error) {
            return tl::unexpected<base::Error>(*read_error);
        }
        const auto shard = shards_.find(number);
        if (shard == shards_.end()) {
            return base::fail(base::Code::NotFound, "no such shard");
        }
        if (from < horizon(number)) {
            return base::fail(base::Code::Trimmed, "the records are gone");
        }
        auto memory = std::make_shared<std::vector<Kept>>();
        std::size_t bytes = 0;
        const auto& records = records_.at(number);
        auto each = records.lower_bound(from);
        for (; each != records.end() && memory->size() < limits.records_max; ++each) {
            bytes += each->second.keys.size() + each->second.new_image.size() +
                     each->second.old_image.size();
            if (!memory->empty() && bytes > limits.bytes_max) {
                break;
            }
            memory->push_back(each->second);
        }
        shardlog::ReadPage page;
        for (const Kept& kept : *memory) {
            page.records.push_back(view_of(kept));
        }
        const SequenceNumber read_to = memory->empty() ? from : memory->back().view.sequence.next();
        page.end_of_shard = shard->second.ending && each == records.end();
        page.next =
            each == records.end() && !shard->second.ending ? std::max(read_to, next_) : read_to;
        page.memory = std::move(memory);
        return page;
    }
    [[nodiscard]] base::Result<SequenceNumber> trim_horizon(ShardNumber shard) const override {
        return horizon(shard);
    }
    [[nodiscard]] SequenceNumber latest() const override { return next_; }
    base::Status scan(
        SequenceNumber from,
        const std::function<base::Status(const shardlog::CommitView&)>& visit) const override {
        std::map<SequenceNumber, const Kept*> all;
        for (const auto& [shard, records] : records_) {
            for (const auto& [sequence, kept] : records) {
                if (sequence >= from) {
                    all[sequence] = &kept;
                }
            }
        }
        for (const auto& [sequence, kept] : all) {
            const shardlog::RecordView view = view_of(*kept);
            MB_TRY_STATUS(visit({sequence, view.time, {&view, 1}}));
        }
        return {};
    }

    [[nodiscard]] const shardlog::LogHistory& history() const override { return past_; }

    // ---- description
    [[nodiscard]] std::vector<Stream> streams() const override {
        std::vector<Stream> all;
        for (const auto& [id, stream] : streams_) {
            all.push_back(stream);
        }
        std::sort(all.begin(), all.end(), [](const Stream& a, const Stream& b) {
            return std::pair(a.table_name, a.label) < std::pair(b.table_name, b.label);
        });
        return all;
    }
    [[nodiscard]] std::optional<Stream> find_stream(StreamId id) const override {
        const auto found = streams_.find(id);
        return found == streams_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] std::optional<Stream> find_stream(const shardlog::TableName& table,
                                                    std::string_view label) const override {
        for (const auto& [id, stream] : streams_) {
            if (stream.table_name == table && stream.label == label) {
                return stream;
            }
        }
        return std::nullopt;
    }
    [[nodiscard]] std::vector<Shard> shards(StreamId stream) const override {
        std::vector<Shard> all;
        for (const auto& [number, shard] : shards_) {
            if (shard.stream == stream) {
                all.push_back(shard);
            }
        }
        std::sort(all.begin(), all.end(),
                  [](const Shard& a, const Shard& b) { return a.id < b.id; });
        return all;
    }
    [[nodiscard]] std::optional<Shard> find_shard(ShardNumber number) const override {
        const auto found = shards_.find(number);
        return found == shards_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] shardlog::LogStats stats() const override {
        return {SequenceNumber{1}, SequenceNumber{next_.position() - 1}, 1, 0, shards_.size()};
    }

    // ---- bells
    void attach(ShardNumber shard, shardlog::Doorbell& bell) override {
        bells_[shard].insert(&bell);
    }
    void detach(ShardNumber shard, shardlog::Doorbell& bell) override {
        bells_[shard].erase(&bell);
    }
    void attach_all(shardlog::Doorbell& bell) override { all_bells_.insert(&bell); }
    void detach_all(shardlog::Doorbell& bell) override { all_bells_.erase(&bell); }

    // ---- retention
    std::unique_ptr<shardlog::Pin> pin(SequenceNumber /*from*/, std::string /*owner*/,
                                       shardlog::PinFor /*what*/) override {
        class NoPin final : public shardlog::Pin {
            void advance(SequenceNumber /*to*/) override {}
        };
        return std::make_unique<NoPin>();
    }
    [[nodiscard]] std::vector<shardlog::PinInfo> pins() const override { return {}; }
    void release(SequenceNumber /*applied*/) override {}
    [[nodiscard]] SequenceNumber sealed_through() const override { return SequenceNumber{0}; }
    void compact() override {}
    base::Status maintain() override { return {}; }

  private:
    // All that was ever written and is not trimmed.
    class Past final : public shardlog::LogHistory {
      public:
        explicit Past(const FakeShardLog& log) : log_(log) {}
        [[nodiscard]] SequenceNumber oldest() const override {
            const auto all = records({SequenceNumber{1}, newest()});
            return all.empty() ? newest().next() : all.front().sequence;
        }
        [[nodiscard]] SequenceNumber newest() const override {
            return SequenceNumber{log_.next_.position() - 1};
        }
        [[nodiscard]] base::Result<SequenceNumber> position_at(base::WallTime time) const override {
            for (const auto& record : records({SequenceNumber{1}, newest()})) {
                if (record.time > time) {
                    return SequenceNumber{record.sequence.position() - 1};
                }
            }
            return newest();
        }
        [[nodiscard]] base::Result<base::WallTime> time_of(SequenceNumber position) const override {
            const auto found = records({position, position});
            if (found.empty()) {
                return base::fail(base::Code::NotFound, "nothing was written there");
            }
            return found.front().time;
        }
        base::Status versions(
            const shardlog::ItemName& item, shardlog::LogRange range, shardlog::ReadOrder order,
            const std::function<base::Result<shardlog::NextRecord>(const shardlog::RecordView&)>&
                visit) const override {
            auto all = records(range);
            if (order == shardlog::ReadOrder::NewestFirst) {
                std::reverse(all.begin(), all.end());
            }
            for (const auto& record : all) {
                if (record.table == item.table && record.row_key == item.row_key) {
                    MB_TRY(const auto next, visit(record));
                    if (next == shardlog::NextRecord::Unwanted) {
                        break;
                    }
                }
            }
            return {};
        }
        base::Status scan(
            shardlog::LogRange range,
            const std::function<base::Status(const shardlog::CommitView&)>& visit) const override {
            for (const auto& record : records(range)) {
                MB_TRY_STATUS(visit({record.sequence, record.time, {&record, 1}}));
            }
            return {};
        }

      private:
        [[nodiscard]] std::vector<shardlog::RecordView> records(shardlog::LogRange range) const {
            std::map<SequenceNumber, shardlog::RecordView> all;
            for (const auto& [shard, kept] : log_.records_) {
                for (const auto& [sequence, each] : kept) {
                    if (range.from <= sequence && sequence <= range.to) {
                        all[sequence] = view_of(each);
                    }
                }
            }
            std::vector<shardlog::RecordView> views;
            for (const auto& [sequence, view] : all) {
                views.push_back(view);
            }
            return views;
        }
        const FakeShardLog& log_;
    };

    struct Kept {
        shardlog::RecordView view;  // its texts are empty: see view_of()
        std::string row_key;
        std::string keys;
        std::string new_image;
        std::string old_image;
    };

    static shardlog::RecordView view_of(const Kept& kept) {
        shardlog::RecordView view = kept.view;
        view.row_key = kept.row_key;
        view.keys.text = kept.keys;
        view.new_image.text = kept.new_image;
        view.old_image.text = kept.old_image;
        return view;
    }

    SequenceNumber add(Kept kept) {
        const ShardNumber shard = kept.view.shard;
        const SequenceNumber sequence = next_;
        MB_CHECK(kept.view.sequence == sequence, "positions have no holes");
        next_ = next_.next();
        records_[shard].emplace(sequence, std::move(kept));
        for (shardlog::Doorbell* bell : bells_[shard]) {
            bell->ring();
        }
        ring_all();
        return sequence;
    }

    void ring_all() {
        for (shardlog::Doorbell* bell : all_bells_) {
            bell->ring();
        }
    }

    [[nodiscard]] ShardNumber route(const shardlog::RecordDraft& draft) const {
        const std::uint64_t hash = shardlog::partition_hash(draft.row_key);
        for (const auto& [number, shard] : shards_) {
            if (shard.stream == draft.stream && !shard.ending && shard.hashes.first <= hash &&
                hash <= shard.hashes.last) {
                return number;
            }
        }
        return ShardNumber{0};
    }

    [[nodiscard]] SequenceNumber horizon(ShardNumber shard) const {
        const auto trimmed = horizons_.find(shard);
        return trimmed == horizons_.end() ? SequenceNumber{} : trimmed->second;
    }

    Shard open_shard(StreamId stream, std::vector<shardlog::ShardId> parents,
                     shardlog::HashRange hashes) {
        const ShardNumber number{next_shard_++};
        // Ids sort in order of creation, also within a millisecond.
        const base::WallTime created = clock_.wall() + base::Milliseconds{number.value()};
        const Shard shard{{created, number}, stream, std::move(parents), hashes, next_, {}};
        shards_[number] = shard;
        records_[number];
        ring_all();
        return shard;
    }

    base::Result<Shard> close_open(ShardNumber number) {
        const auto found = shards_.find(number);
        if (found == shards_.end()) {
            return base::fail(base::Code::NotFound, "no such shard");
        }
        if (found->second.ending) {
            return base::fail(base::Code::InUse, "the shard is closed");
        }
        close(found->second);
        return found->second;
    }

    void close(Shard& shard) {
        const auto& records = records_[shard.id.number()];
        shard.ending = records.empty() ? shard.starting : records.rbegin()->first;
        for (shardlog::Doorbell* bell : bells_[shard.id.number()]) {
            bell->ring();
        }
    }

    const base::Clock& clock_;
    const Past past_{*this};
    SequenceNumber next_{1};
    std::uint32_t next_table_ = 1;
    std::uint32_t next_stream_ = 1;
    std::uint32_t next_shard_ = 1;
    std::map<StreamId, Stream> streams_;
    std::map<ShardNumber, Shard> shards_;
    std::map<ShardNumber, std::map<SequenceNumber, Kept>> records_;
    std::map<ShardNumber, SequenceNumber> horizons_;
    std::map<ShardNumber, std::set<shardlog::Doorbell*>> bells_;
    std::set<shardlog::Doorbell*> all_bells_;
    std::vector<Kept> pending_;
};

}  // namespace millbeck::tests
