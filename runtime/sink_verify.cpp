#include "runtime/sink_verify.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "runtime/sink_comparer.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::ImagePage;
using shardlog::ImageRow;
using shardlog::RecordView;
using shardlog::SequenceNumber;
using sinks::CopiedRow;

namespace {

constexpr std::size_t kOnTheWayMax = 1'000'000;
constexpr base::Milliseconds kDeadline{3'600'000};

std::uint64_t hash_of(std::string_view text) {
    return std::hash<std::string_view>{}(text);
}

void note(Difference& difference, const std::string& key) {
    ++difference.count;
    if (difference.keys.size() < kKeysShown) {
        difference.keys.push_back(key);
    }
}

}  // namespace

Comparer::Comparer(const ComparisonContext& context)
    : context_(context), reader_(*context.sink.copy_reader()) {
    if (context.spec.filter) {
        filter_.emplace(context.spec.filter,
                        triggers::filter::RecordOrigin{.region = context.identity.region,
                                                       .stream_arn = arn(),
                                                       .view_type = context.stream.view_type});
    }
}

base::Instant Comparer::deadline() const {
    return context_.clock.instant() + kDeadline;
}

Result<Comparison> Comparer::run(Repair repair) {
    found_.as_of = context_.image.as_of();
    MB_TRY_STATUS(note_on_the_way());
    MB_TRY_STATUS(
        each_row([this](const sinks::Message& row, const RecordView&) { return expect(row); }));
    MB_TRY_STATUS(reader_.scan([this](const CopiedRow& row) { return meet(row); }, deadline()));
    MB_TRY_STATUS(each_row([this](const sinks::Message& row, const RecordView& record) {
        return look_for(row, record);
    }));
    found_.on_the_way = on_the_way_.size();
    if (repair == Repair::Yes && !found_.is_equal()) {
        MB_TRY_STATUS(mend());
        found_.repaired = true;
    }
    return found_;
}

Status Comparer::expect(const sinks::Message& row) {
    MB_TRY(const auto expected, reader_.expected(row));
    if (expected && !on_the_way_.contains(expected->key)) {
        expected_[hash_of(expected->key)] = {hash_of(expected->content), false};
        ++found_.rows;
    }
    return {};
}

Status Comparer::meet(const CopiedRow& row) {
    if (on_the_way_.contains(row.key)) {
        return {};
    }
    const auto expected = expected_.find(hash_of(row.key));
    if (expected == expected_.end()) {
        note(found_.extra, row.key);
        extra_.push_back(row.key);
        return {};
    }
    expected->second.met = true;
    if (expected->second.content != hash_of(row.content)) {
        note(found_.different, row.key);
        wrong_.insert(row.key);
    }
    return {};
}

Status Comparer::look_for(const sinks::Message& row, const RecordView& record) {
    const std::string key(row.key);
    const auto expected = expected_.find(hash_of(key));
    if (on_the_way_.contains(key) || expected == expected_.end()) {
        return {};
    }
    if (!expected->second.met) {
        note(found_.missing, key);
        wrong_.insert(key);
    }
    if (wrong_.contains(key)) {
        to_mend_.push_back(std::string(record.row_key));
    }
    return {};
}

Status Comparer::note_on_the_way() {
    for (const shardlog::Shard& shard : context_.log.shards(context_.stream.id)) {
        SequenceNumber from = shard.starting;
        for (const triggers::Checkpoint& checkpoint : context_.checkpoints) {
            from = checkpoint.shard == shard.id ? std::max(from, checkpoint.next) : from;
        }
        while (true) {
            MB_TRY(const auto page, context_.log.read(shard.id.number(), from, {}));
            for (const RecordView& record : page.records) {
                if (record.sequence <= context_.image.as_of()) {
                    on_the_way_.emplace(record.keys.text);
                }
            }
            if (on_the_way_.size() > kOnTheWayMax) {
                return base::fail(Code::LimitExceeded,
                                  fmt::format("the sink is more than {} changes behind; wait until "
                                              "it has caught up",
                                              kOnTheWayMax));
            }
            if (page.records.empty() || page.next > context_.image.as_of()) {
                break;
            }
            from = page.next;
        }
    }
    return {};
}

triggers::BatchBuilder Comparer::builder(const std::string& shard) const {
    return triggers::BatchBuilder({.trigger = context_.spec.name,
                                   .shard_id = shard,
                                   .region = context_.identity.region,
                                   .stream_arn = arn(),
                                   .view_type = context_.stream.view_type,
                                   .table = context_.spec.table.value(),
                                   .generation = context_.generation});
}

Status Comparer::each_row(
    const std::function<Status(const sinks::Message&, const RecordView&)>& visit) {
    std::string after;
    while (true) {
        MB_TRY(const ImagePage page,
               context_.image.read({.first_hash = 0,
                                    .last_hash = std::numeric_limits<std::uint64_t>::max(),
                                    .from = after}));
        triggers::BatchBuilder rows = builder("");
        std::vector<RecordView> records;
        for (const ImageRow& row : page.rows) {
            const RecordView record = record_of(row, context_.image.as_of(), context_.clock.wall());
            if (!filter_ || filter_->matches(record)) {
                rows.add(record);
                records.push_back(record);
            }
        }
        if (!records.empty()) {
            const auto batch = rows.build("", {}, {}).batch;
            for (std::size_t i = 0; i < records.size(); ++i) {
                MB_TRY_STATUS(visit(batch->messages[i], records[i]));
            }
        }
        if (page.is_last) {
            return {};
        }
        after = page.rows.back().row_key;
    }
}

Result<Comparison> compare_copy(const ComparisonContext& context, Repair repair) {
    return Comparer(context).run(repair);
}

}  // namespace millbeck::runtime
