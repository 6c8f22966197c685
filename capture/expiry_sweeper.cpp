#include "capture/expiry_sweeper.hpp"

#include <string>
#include <utility>
#include <vector>

#include "capture/row_key.hpp"

namespace millbeck::capture {
namespace {

using base::Result;
using base::Status;
using expression::Condition;
using shardlog::ItemView;

constexpr std::size_t kItemsAtOnce = 1'000;

// Of `attribute <= seconds`.
Result<Condition> still_expired(const std::string& attribute, const std::string& seconds) {
    static expression::ExpressionCache cache;
    MB_TRY(auto values, shardlog::parse_item(R"({":now":{"N":")" + seconds + R"("}})"));
    MB_TRY(auto placeholders,
           expression::Placeholders::make(
               std::vector{expression::PlaceholderName{"#ttl", attribute}}, std::move(values)));
    return Condition::parse(expression::Kind::Condition, "#ttl <= :now", cache, placeholders);
}

}  // namespace

Status ExpirySweeper::sweep_table(const TableEntry& table, std::vector<Commit>& commits) const {
    const TimeToLive& time_to_live = *table.description.time_to_live;
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
    const std::string seconds = std::to_string(now);
    ItemRange range;
    append_expiry(range.begin, time_to_live.index,
                  std::to_string(std::max<std::int64_t>(now - kExpiredSecondsMax, 0)));
    append_expiry(range.end, time_to_live.index, seconds);
    range.end = end_of_prefix(std::move(range.end));
    std::optional<Condition> expired;
    const ItemVisitor add = [&](std::string_view, const ItemView& keys) -> Result<Visit> {
        if (!expired) {
            MB_TRY(expired, still_expired(time_to_live.attribute, seconds));
        }
        MB_TRY(auto key, shardlog::parse_item(keys.text));
        commits.push_back({DeleteWrite{.table = table.description.spec.name,
                                       .key = std::move(key),
                                       .return_values = ReturnValues::None,
                                       .condition = {expired, OnConditionFailure::ShowNothing},
                                       .origin = shardlog::Origin::TimeToLive}});
        return commits.size() == kItemsAtOnce ? Visit::Stop : Visit::Continue;
    };
    return items_.visit(range, add);
}

Status ExpirySweeper::sweep() {
    if (*busy_) {
        return {};
    }
    const auto tables = catalogue_.tables();
    std::vector<Commit> commits;
    for (const auto& [name, entry] : tables->by_name) {
        if (entry->description.time_to_live && commits.size() < kItemsAtOnce) {
            MB_TRY_STATUS(sweep_table(*entry, commits));
        }
    }
    if (!commits.empty()) {
        *busy_ = true;
        // What could not be deleted now is found again by the next sweep.
        submit_(std::move(commits), [busy = busy_](const auto&) { *busy = false; });
    }
    return {};
}

}  // namespace millbeck::capture
