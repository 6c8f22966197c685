#include "runtime/api/export_order.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/api/restore_window.hpp"
#include "runtime/api/restored_tables.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using base::WallTime;
using capture::TableDescription;
using shardlog::SequenceNumber;

using Order = tl::expected<ExportOrder, ExportRefusal>;

constexpr base::Milliseconds kShortest{15 * 60 * 1'000};
constexpr base::Milliseconds kLongest{24 * 3'600 * 1'000};
constexpr base::Milliseconds kInstant{1};  // what the ends of an increment are kept in

tl::unexpected<ExportRefusal> invalid_time(std::string text) {
    return tl::unexpected(
        ExportRefusal{&kInvalidExportTime, base::Error{Code::Invalid, std::move(text)}});
}

tl::unexpected<ExportRefusal> failed(base::Error error) {
    return tl::unexpected(ExportRefusal{nullptr, std::move(error)});
}

tl::unexpected<ExportRefusal> recovery_is_off(const TableDescription& table) {
    return tl::unexpected(ExportRefusal{
        &kPointInTimeRecoveryUnavailable,
        base::Error{Code::Invalid,
                    fmt::format("Point in time recovery is not enabled for table '{}'",
                                table.spec.name.value())}});
}

// `2026-10-08T22:51:50Z`
std::string second_of(WallTime time) {
    constexpr std::size_t kToSeconds = 19;
    return base::to_iso8601(time).substr(0, kToSeconds) + "Z";
}

std::string too_early(WallTime from) {
    return "Incremental export period from time cannot be less than the table creation time : " +
           second_of(from);
}

// In the service's order. nullopt: the times go together.
std::optional<std::string> wrong_period(WallTime from, WallTime to, WallTime now,
                                        const TableDescription& table) {
    if (from < table.created) {
        return too_early(from);
    }
    if (to > now) {
        return "Incremental export period to time cannot be greater than the current time : " +
               second_of(to);
    }
    const std::string difference =
        "Difference between export period from time and export period to time is ";
    if (to - from < kShortest) {
        return difference + "less than 15 minutes";
    }
    if (to - from > kLongest) {
        return difference + "greater than 24 hours";
    }
    return std::nullopt;
}

// The last position before the moment.
Result<SequenceNumber> position_before(const ApiContext& context, WallTime time) {
    return context.log.history().position_at(time - kInstant);
}

Order full_order(const ApiContext& context, const TableDescription& table, ExportOrder order) {
    const WallTime now = context.clock.wall();
    const auto window = restore_window(table, context.log.history(), now);
    if (!window) {
        return recovery_is_off(table);
    }
    order.as_of = order.wish.time.value_or(now);
    if (order.as_of < window->earliest || order.as_of > window->latest) {
        return invalid_time("Export Time is invalid");
    }
    auto open = image_opener(context, table.spec.name, order.wish.time);
    if (!open && open.error().code == Code::Trimmed) {
        return invalid_time("Export Time is invalid");
    }
    if (!open) {
        return failed(std::move(open).error());
    }
    order.open = [open = std::move(*open)]() -> Result<ExportImages> {
        MB_TRY(auto image, open());
        return ExportImages{nullptr, std::move(image)};
    };
    return order;
}

void read_changes(const ApiContext& context, const TableDescription& table, ExportOrder& order,
                  std::optional<SequenceNumber> before, SequenceNumber last) {
    const shardlog::TableName name = table.spec.name;
    order.open = [&store = context.store, name, before, last]() -> Result<ExportImages> {
        ExportImages images;
        if (before) {
            MB_TRY(images.before, store.image_as_of(name, *before));
        }
        MB_TRY(images.after, store.image_as_of(name, last));
        return images;
    };
    const shardlog::LogRange range{before ? before->next() : SequenceNumber{}, last};
    order.written = [&log = context.log, id = table.id,
                     range](std::string_view row_key) -> Result<WallTime> {
        WallTime written{};
        const shardlog::LogRange known{std::max(range.from, log.history().oldest()), range.to};
        MB_TRY_STATUS(log.history().versions(
            {.table = id, .row_key = row_key}, known, shardlog::ReadOrder::NewestFirst,
            [&](const shardlog::RecordView& record) -> Result<shardlog::NextRecord> {
                written = record.time;
                return shardlog::NextRecord::Unwanted;
            }));
        return written;
    };
}

Order increment_order(const ApiContext& context, const TableDescription& table, ExportOrder order) {
    const WallTime now = context.clock.wall();
    const WallTime from = order.wish.increment->from;
    order.as_of = order.wish.increment->to.value_or(now);
    if (auto wrong = wrong_period(from, order.as_of, now, table)) {
        return invalid_time(std::move(*wrong));
    }
    if (!table.recovery) {
        return recovery_is_off(table);
    }
    // The window begins with the first change that is known, before which there was nothing: a
    // position that is not known any more is found below.
    const auto days = std::chrono::hours(24) * table.recovery->days;
    if (from < table.recovery->since || from < now - days) {
        return invalid_time(too_early(from));
    }
    // At the moment of its making a table had no rows, and no position of its own before.
    std::optional<SequenceNumber> before;
    if (from > table.created) {
        auto position = position_before(context, from);
        if (!position && position.error().code == Code::Trimmed) {
            return invalid_time(too_early(from));
        }
        if (!position) {
            return failed(std::move(position).error());
        }
        before = *position;
    }
    auto last = position_before(context, order.as_of);
    if (!last) {
        return failed(std::move(last).error());
    }
    read_changes(context, table, order, before, *last);
    return order;
}

}  // namespace

tl::expected<ExportOrder, ExportRefusal> export_order(const ApiContext& context,
                                                      const TableDescription& table,
                                                      const ExportWish& wish) {
    ExportOrder order;
    order.wish = wish;
    order.table_uuid = table.uuid;
    order.table_arn = shardlog::table_arn(context.identity, table.spec.name);
    return wish.increment ? increment_order(context, table, std::move(order))
                          : full_order(context, table, std::move(order));
}

}  // namespace millbeck::runtime
