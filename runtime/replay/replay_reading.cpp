#include "runtime/replay/replay_reading.hpp"

#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/replay/replay_run.hpp"
#include "runtime/replay/replay_source.hpp"
#include "shardlog/record_json.hpp"
#include "triggers/filter/event_filter.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime {

using triggers::filter::FilterCriteria;
using triggers::filter::RecordFilter;

namespace {

constexpr std::size_t kPartBytes = 1u << 20;

}  // namespace

base::Result<ReplayPart> read_part(const shardlog::ShardLog& log,
                                   const shardlog::Identity& identity, const std::string& table,
                                   const ReplayChoice& choice,
                                   const std::vector<std::string>& filters,
                                   shardlog::SequenceNumber from, Lines lines) {
    const auto stream = stream_for_replay(log, choice.table, table);
    const std::string arn = shardlog::stream_arn(identity, stream.table_name, stream.label);
    const shardlog::RecordContext context{.region = identity.region,
                                          .stream_arn = arn,
                                          .view_type = stream.view_type,
                                          .flavour = shardlog::RecordFlavour::Lambda};
    std::optional<RecordFilter> filter;
    if (!filters.empty()) {
        MB_TRY(auto criteria, FilterCriteria::parse(filters));
        filter.emplace(
            std::make_shared<const FilterCriteria>(std::move(criteria)),
            triggers::filter::RecordOrigin{
                .region = identity.region, .stream_arn = arn, .view_type = stream.view_type});
    }
    const ReplaySource source(log.history(), choice,
                              {.lanes = 1, .stretch_bytes = kPartBytes, .stretches_a_read = 1});
    constexpr auto kAll = std::numeric_limits<std::size_t>::max();
    MB_TRY(const auto page,
           source.read(shardlog::ShardNumber{1}, from, {.records_max = kAll, .bytes_max = kAll}));
    ReplayPart part{.next = page.next, .lines = {}};
    for (const shardlog::RecordView& record : page.records) {
        if (filter && !filter->matches(record)) {
            continue;
        }
        ++part.records;
        part.bytes +=
            record.keys.text.size() + record.new_image.text.size() + record.old_image.text.size();
        if (lines == Lines::Made) {
            shardlog::append_record_json(part.lines, record, context);
            part.lines += '\n';
        }
    }
    return part;
}

}  // namespace millbeck::runtime
