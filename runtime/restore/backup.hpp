// What is known of a backup, and which ones a list shows. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "capture/table.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

enum class BackupType : std::uint8_t { User = 0, System = 1 };
enum class BackupState : std::uint8_t { Creating = 0, Available = 1, Deleted = 2 };

struct Backup {
    std::string id;    // `01489602797149-73d8d5bc`; they sort by the time of the call
    std::string name;  // as the caller wants it; not unique
    BackupType type = BackupType::User;
    BackupState state = BackupState::Creating;
    base::WallTime created{};
    std::optional<base::WallTime> expires = {};
    // As it was then; item_count and size_bytes are the backup's once it is available.
    capture::TableDescription table = {};
};

// Which backups a list shows; members that are absent do not choose.
struct BackupChoice {
    std::optional<shardlog::TableName> table = {};
    std::optional<BackupType> type = {};
    std::optional<base::WallTime> from = {};   // inclusive
    std::optional<base::WallTime> until = {};  // exclusive
    std::string after;                         // an id, of a backup that need not be there
    std::size_t limit = 100;
};

struct BackupPage {
    std::vector<Backup> backups;  // by the time of their making
    bool is_last = true;
};

}  // namespace millbeck::runtime
