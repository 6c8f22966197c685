#include "runtime/api/restored_tables.hpp"

#include <algorithm>
#include <utility>

namespace millbeck::runtime {

using shardlog::TableName;

std::optional<capture::TableDescription> restored_table(const ApiContext& context,
                                                        const TableName& name) {
    return context.restores == nullptr ? std::nullopt : context.restores->find(name);
}

std::optional<RestoreSummary> restore_summary(const ApiContext& context,
                                              const capture::TableDescription& table) {
    if (context.restores == nullptr) {
        return std::nullopt;
    }
    const auto note = context.restores->note_of(table.uuid);
    if (!note) {
        return std::nullopt;
    }
    return RestoreSummary{.source_table_arn = note->source_table_arn,
                          .source_backup_arn = note->source_backup_arn,
                          .as_of = note->as_of,
                          .in_progress = table.status == capture::TableStatus::Creating};
}

std::vector<TableName> with_restored(const ApiContext& context, std::vector<TableName> names,
                                     std::string_view after, std::size_t limit) {
    if (context.restores == nullptr) {
        return names;
    }
    for (TableName& name : context.restores->names()) {
        if (name.value() > after) {
            names.push_back(std::move(name));
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    names.resize(std::min(names.size(), limit));
    return names;
}

base::Result<ImageOpener> image_opener(const ApiContext& context, const TableName& table,
                                       const std::optional<base::WallTime>& time) {
    if (time) {
        MB_TRY(const auto as_of, context.log.history().position_at(*time));
        return image_opener(context, table, as_of);
    }
    MB_TRY(auto image, context.store.image(table));
    return ImageOpener([image = std::move(image)] {
        return base::Result<std::shared_ptr<const shardlog::TableImage>>(image);
    });
}

ImageOpener image_opener(const ApiContext& context, const TableName& table,
                         shardlog::SequenceNumber as_of) {
    return [&store = context.store, table, as_of] { return store.image_as_of(table, as_of); };
}

base::Error being_created(const TableName& name) {
    return {base::Code::InUse,
            "Attempt to change a resource which is still in use: Table is being "
            "created: " +
                name.value()};
}

}  // namespace millbeck::runtime
