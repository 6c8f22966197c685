// The schema of triggers.db and the statements of CheckpointStore; internal to it.
#pragma once

#include <array>
#include <string_view>

namespace millbeck::triggers {

// Positions and shards are kept in their wire form: 21 digits and `shardId-...`, whose text order
// is their order, so SQL compares them and a person can read the file. Each later schema change is
// one more entry; entries never change.
inline constexpr std::array<std::string_view, 4> kSchema = {R"sql(
    CREATE TABLE triggers (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        stream_arn TEXT NOT NULL,
        UNIQUE (name, stream_arn)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE checkpoints (
        trigger_id TEXT NOT NULL,
        shard TEXT NOT NULL,
        next TEXT NOT NULL,
        finished INTEGER NOT NULL,
        PRIMARY KEY (trigger_id, shard)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE gaps (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        trigger_id TEXT NOT NULL,
        shard TEXT NOT NULL,
        from_position TEXT NOT NULL,
        to_position TEXT NOT NULL,
        noticed_ms INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;
    CREATE INDEX gaps_of_shard ON gaps (trigger_id, shard, reason, to_position);
    CREATE INDEX gaps_of_trigger ON gaps (trigger_id, number);
)sql",
                                                            R"sql(
    ALTER TABLE checkpoints ADD COLUMN window_start_ms INTEGER;
    ALTER TABLE checkpoints ADD COLUMN window_end_ms INTEGER;
    ALTER TABLE checkpoints ADD COLUMN window_state TEXT;
)sql",
                                                            R"sql(
    ALTER TABLE checkpoints ADD COLUMN copy TEXT;
    ALTER TABLE checkpoints ADD COLUMN told TEXT NOT NULL DEFAULT '';
    ALTER TABLE triggers ADD COLUMN generation TEXT;
)sql",
                                                            R"sql(
    CREATE TABLE changes (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        trigger_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        reason TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        undoes INTEGER,
        checkpoints INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX changes_of_trigger ON changes (trigger_id, number);
    CREATE TABLE changed_checkpoints (
        change INTEGER NOT NULL,
        side TEXT NOT NULL,
        shard TEXT NOT NULL,
        next TEXT NOT NULL,
        finished INTEGER NOT NULL,
        window_start_ms INTEGER,
        window_end_ms INTEGER,
        window_state TEXT,
        PRIMARY KEY (change, side, shard)
    ) STRICT, WITHOUT ROWID;
)sql"};

inline constexpr std::string_view kLoad =
    "SELECT shard, next, finished, window_start_ms, window_end_ms, window_state, copy, told "
    "FROM checkpoints WHERE trigger_id = ?1 ORDER BY shard";
// Returns a row exactly if the position is stored now; a step backwards stores nothing.
inline constexpr std::string_view kAdvance = R"sql(
    INSERT INTO checkpoints VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (trigger_id, shard) DO UPDATE SET next = excluded.next, finished = excluded.finished,
        window_start_ms = excluded.window_start_ms, window_end_ms = excluded.window_end_ms,
        window_state = excluded.window_state, copy = excluded.copy, told = excluded.told
    WHERE excluded.next >= next AND excluded.finished >= finished
    RETURNING 1)sql";
inline constexpr std::string_view kExtendGap = R"sql(
    UPDATE gaps SET to_position = ?4, noticed_ms = ?5
    WHERE trigger_id = ?1 AND shard = ?2 AND reason = ?6 AND to_position = ?3
    RETURNING 1)sql";
inline constexpr std::string_view kAddGap = R"sql(
    INSERT INTO gaps (trigger_id, shard, from_position, to_position, noticed_ms, reason)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6))sql";
inline constexpr std::string_view kLimitGaps = R"sql(
    DELETE FROM gaps WHERE trigger_id = ?1 AND number <=
        (SELECT number FROM gaps WHERE trigger_id = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)
    )sql";
inline constexpr std::string_view kGaps = R"sql(
    SELECT shard, from_position, to_position, noticed_ms, reason
    FROM gaps WHERE trigger_id = ?1 ORDER BY number)sql";
inline constexpr std::string_view kAddChange = R"sql(
    INSERT INTO changes (trigger_id, kind, reason, at_ms, undoes, checkpoints)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING number)sql";
inline constexpr std::string_view kAddChanged =
    "INSERT INTO changed_checkpoints VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
// Of changes before this one, which is the only one that an undo goes back to.
inline constexpr std::string_view kDropWindows = R"sql(
    UPDATE changed_checkpoints
    SET window_start_ms = NULL, window_end_ms = NULL, window_state = NULL
    WHERE window_state IS NOT NULL
        AND change IN (SELECT number FROM changes WHERE trigger_id = ?1 AND number < ?2))sql";
// From the newest on, until there are too many of them or of their checkpoints.
inline constexpr std::string_view kOldestKept = R"sql(
    SELECT min(number) FROM (
        SELECT number, row_number() OVER newest AS place, sum(checkpoints) OVER newest AS held
        FROM changes WHERE trigger_id = ?1 WINDOW newest AS (ORDER BY number DESC))
    WHERE place <= ?2 AND (held <= ?3 OR place = 1))sql";
inline constexpr std::string_view kDropChanged = R"sql(
    DELETE FROM changed_checkpoints
    WHERE change IN (SELECT number FROM changes WHERE trigger_id = ?1 AND number < ?2))sql";
inline constexpr std::string_view kDropChanges =
    "DELETE FROM changes WHERE trigger_id = ?1 AND number < ?2";
inline constexpr std::string_view kChanges = R"sql(
    SELECT number, kind, reason, at_ms, undoes FROM changes
    WHERE trigger_id = ?1 ORDER BY number DESC LIMIT ?2)sql";
inline constexpr std::string_view kChanged = R"sql(
    SELECT shard, next, finished, window_start_ms, window_end_ms, window_state
    FROM changed_checkpoints WHERE change = ?1 AND side = ?2 ORDER BY shard)sql";
inline constexpr std::string_view kFindId =
    "SELECT id FROM triggers WHERE name = ?1 AND stream_arn = ?2";
inline constexpr std::string_view kAddId =
    "INSERT INTO triggers (id, name, stream_arn) VALUES (?1, ?2, ?3)";
// Every trigger that stands in the way of adopting this id, itself included.
inline constexpr std::string_view kFindTaken = R"sql(
    SELECT id, name, stream_arn FROM triggers
    WHERE id = ?1 OR (name = ?2 AND stream_arn = ?3))sql";

}  // namespace millbeck::triggers
