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
    found_.derived = static_cast<std::uint64_t>(std::count_if(
        expected_.begin(), expected_.end(),
        [](const auto& each) { return each.second.kind == Expected::Kind::Derived; }));
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
    const bool waits = on_the_way_.contains(std::string(row.key));
    MB_TRY(const auto expected, reader_.expected(row));
    if (expected && !waits) {
        expected_[hash_of(expected->key)] = {.content = hash_of(expected->content)};
        ++found_.rows;
    }
    return expect_derived(row.key, row.new_image, waits ? Certainty::None : Certainty::Full);
}

Status Comparer::expect_derived(std::string_view key, std::string_view image, Certainty certainty) {
    MB_TRY(const auto derived, reader_.derived(key, image));
    for (const sinks::DerivedRow& each : derived) {
        const bool is_certain = certainty == Certainty::Full && each.content;
        const Expected wanted{
            .content = is_certain ? hash_of(*each.content) : 0,
            .kind = is_certain ? Expected::Kind::Derived : Expected::Kind::Uncertain};
        const auto [held, is_new] = expected_.try_emplace(hash_of(each.key), wanted);
        if (!is_new && (!is_certain || held->second.content != wanted.content)) {
            held->second.kind = Expected::Kind::Uncertain;
        }
    }
    return {};
}

Status Comparer::meet(const CopiedRow& row) {
    if (on_the_way_.contains(row.key)) {
        return {};
    }
    const auto expected = expected_.find(hash_of(row.key));
    if (expected == expected_.end()) {
        if (!row.may_be_foreign) {
            note(found_.extra, row.key);
            gone_.push_back(row.key);
        }
        return {};
    }
    expected->second.met = true;
    if (expected->second.kind != Expected::Kind::Uncertain &&
        expected->second.content != hash_of(row.content)) {
        note(found_.different, row.key);
        wrong_.insert(row.key);
    }
    return {};
}

Status Comparer::look_for(const sinks::Message& row, const RecordView& record) {
    const std::string key(row.key);
    if (on_the_way_.contains(key)) {
        return {};
    }
    bool is_well = is_as_expected(key);
    MB_TRY(const auto derived, reader_.derived(row.key, row.new_image));
    for (const sinks::DerivedRow& each : derived) {
        is_well = is_as_expected(each.key) && is_well;
    }
    if (!is_well) {
        gone_.push_back(key);
        to_mend_.push_back(std::string(record.row_key));
    }
    return {};
}

bool Comparer::is_as_expected(const std::string& key) {
    const auto expected = expected_.find(hash_of(key));
    if (expected == expected_.end() || expected->second.kind == Expected::Kind::Uncertain) {
        return true;
    }
    if (!expected->second.met && wrong_.insert(key).second) {
        note(found_.missing, key);
    }
    return !wrong_.contains(key);
}

Status Comparer::note_on_the_way() {
    for (const shardlog::Shard& shard : context_.log.shards(context_.stream.id)) {
        MB_TRY_STATUS(note_shard_on_the_way(shard));
    }
    return {};
}

Status Comparer::note_shard_on_the_way(const shardlog::Shard& shard) {
    SequenceNumber from = shard.starting;
    for (const triggers::Checkpoint& checkpoint : context_.checkpoints) {
        from = checkpoint.shard == shard.id ? std::max(from, checkpoint.next) : from;
    }
    while (true) {
        MB_TRY(const auto page, context_.log.read(shard.id.number(), from, {}));
        for (const RecordView& record : page.records) {
            if (record.sequence <= context_.image.as_of()) {
                on_the_way_.emplace(record.keys.text);
                for (const auto image : {record.old_image.text, record.new_image.text}) {
                    MB_TRY_STATUS(expect_derived(record.keys.text, image, Certainty::None));
                }
            }
        }
        if (on_the_way_.size() > kOnTheWayMax || expected_.size() > 2 * kOnTheWayMax) {
            return base::fail(Code::LimitExceeded,
                              fmt::format("the sink is more than {} changes behind; wait until "
                                          "it has caught up",
                                          kOnTheWayMax));
        }
        if (page.records.empty() || page.next > context_.image.as_of()) {
            return {};
        }
        from = page.next;
    }
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
