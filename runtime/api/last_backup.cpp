#include "runtime/api/last_backup.hpp"

#include <utility>

#include "base/log.hpp"
#include "runtime/restore/patched_image.hpp"
#include "runtime/restore/table_backups.hpp"

namespace millbeck::runtime {

std::optional<LastBackup> LastBackup::prepare(const ApiContext& context,
                                              const shardlog::TableName& name) {
    const auto table = context.store.describe_table(name);
    if (context.backups == nullptr || !table || !table->recovery) {
        return std::nullopt;
    }
    LastBackup last;
    last.table_ = *table;
    last.log_ = context.log.pin(context.log.latest(), "the last backup of table " + name.value(),
                                shardlog::PinFor::History);
    auto image = context.store.image(name);
    if (!image) {
        return std::nullopt;
    }
    last.image_ = std::move(*image);
    return last;
}

void LastBackup::begin(const ApiContext& context) {
    const auto through = context.log.history().newest();
    const auto begun = context.backups->begin_system(
        table_,
        [image = std::move(image_), pin = std::move(log_), table = table_.id, through,
         &log = context.log] { return image_through(image, table, log.history(), through); });
    if (!begun) {
        base::log(base::LogLevel::Error, "backup", "a deleted table has no system backup",
                  {{"table", table_.spec.name.value()}, {"error", begun.error().message}});
    }
}

}  // namespace millbeck::runtime
