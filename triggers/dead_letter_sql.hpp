// What the dead letter store says to its database.
#pragma once

#include <array>
#include <string_view>

namespace millbeck::triggers {

// Each later schema change is one more entry; entries never change.
inline constexpr std::array<std::string_view, 2> kLetterSchema = {R"sql(
    CREATE TABLE dead_letters (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        trigger TEXT NOT NULL,
        function TEXT NOT NULL,
        stream_arn TEXT NOT NULL,
        shard TEXT NOT NULL,
        request_id TEXT NOT NULL,
        first_sequence TEXT NOT NULL,
        last_sequence TEXT NOT NULL,
        records INTEGER NOT NULL,
        invoke_count INTEGER NOT NULL,
        condition TEXT NOT NULL,
        error TEXT NOT NULL,
        failed_ms INTEGER NOT NULL,
        event BLOB NOT NULL
    ) STRICT;
)sql",
                                                                  R"sql(
    ALTER TABLE dead_letters ADD COLUMN output BLOB NOT NULL DEFAULT x'';
)sql"};
inline constexpr std::string_view kAddLetter = R"sql(
    INSERT INTO dead_letters (trigger, function, stream_arn, shard, request_id, first_sequence,
        last_sequence, records, invoke_count, condition, error, failed_ms, event, output)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14))sql";
inline constexpr std::string_view kListLetters = R"sql(
    SELECT number, trigger, function, stream_arn, shard, request_id, first_sequence, last_sequence,
        records, invoke_count, condition, error, failed_ms, length(event), '', ''
    FROM dead_letters WHERE number > ?1 AND (?2 = '' OR trigger = ?2) ORDER BY number LIMIT ?3)sql";
inline constexpr std::string_view kFindLetter = R"sql(
    SELECT number, trigger, function, stream_arn, shard, request_id, first_sequence, last_sequence,
        records, invoke_count, condition, error, failed_ms, length(event), event, output
    FROM dead_letters WHERE number = ?1)sql";
inline constexpr std::string_view kRemoveLetter =
    "DELETE FROM dead_letters WHERE number = ?1 RETURNING length(event) + length(output)";
inline constexpr std::string_view kLetterFunction =
    "SELECT function, length(output) FROM dead_letters WHERE number = ?1";
inline constexpr std::string_view kFailAgain = R"sql(
    UPDATE dead_letters SET invoke_count = invoke_count + 1, error = ?2, failed_ms = ?3, output = ?4
    WHERE number = ?1)sql";
inline constexpr std::string_view kSumLetters =
    "SELECT coalesce(sum(length(event) + length(output)), 0) FROM dead_letters";

}  // namespace millbeck::triggers
