// The schema of parked.db and the statements of ParkingLot; internal to it.
#pragma once

#include <array>
#include <string_view>

namespace millbeck::triggers {

// Positions are kept in their wire form, whose text order is their order. Each later schema change
// is one more entry; entries never change.
inline constexpr std::array<std::string_view, 1> kParkingSchema = {R"sql(
    CREATE TABLE parked_keys (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        trigger_id TEXT NOT NULL,
        trigger TEXT NOT NULL,
        key TEXT NOT NULL,
        hash INTEGER NOT NULL,
        error TEXT NOT NULL,
        parked_ms INTEGER NOT NULL,
        wish TEXT NOT NULL,
        UNIQUE (trigger_id, key)
    ) STRICT;
    CREATE TABLE parked_records (
        key_number INTEGER NOT NULL,
        sequence TEXT NOT NULL,
        time_ms INTEGER NOT NULL,
        record BLOB NOT NULL,
        PRIMARY KEY (key_number, sequence)
    ) STRICT, WITHOUT ROWID;
)sql"};

inline constexpr std::string_view kParkKey = R"sql(
    INSERT INTO parked_keys (trigger_id, trigger, key, hash, error, parked_ms, wish)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, '')
    ON CONFLICT (trigger_id, key) DO UPDATE SET error = excluded.error, wish = '')sql";
inline constexpr std::string_view kAddParked = R"sql(
    INSERT INTO parked_records (key_number, sequence, time_ms, record)
    SELECT number, ?3, ?4, ?5 FROM parked_keys WHERE trigger_id = ?1 AND key = ?2
    ON CONFLICT DO NOTHING RETURNING 1)sql";
#define MB_PARKED_KEY                                                                          \
    "SELECT number, trigger_id, trigger, key, hash, error, parked_ms, wish, "                  \
    "(SELECT count(*) FROM parked_records WHERE key_number = number), "                        \
    "(SELECT coalesce(sum(length(record)), 0) FROM parked_records WHERE key_number = number) " \
    "FROM parked_keys "
inline constexpr std::string_view kListParked =
    MB_PARKED_KEY "WHERE number > ?1 AND (?2 = '' OR trigger = ?2) ORDER BY number LIMIT 1000";
inline constexpr std::string_view kFindParked = MB_PARKED_KEY "WHERE number = ?1";
inline constexpr std::string_view kWished =
    MB_PARKED_KEY "WHERE trigger_id = ?1 AND wish <> '' ORDER BY number";
#undef MB_PARKED_KEY
inline constexpr std::string_view kParkedRecords = R"sql(
    SELECT sequence, time_ms, record FROM parked_records
    WHERE key_number = ?1 ORDER BY sequence LIMIT ?2)sql";
inline constexpr std::string_view kSetWish =
    "UPDATE parked_keys SET wish = ?2 WHERE number = ?1 RETURNING trigger_id";
inline constexpr std::string_view kRetryFailed =
    "UPDATE parked_keys SET wish = '', error = ?2 WHERE number = ?1";
inline constexpr std::string_view kSettleParked =
    "DELETE FROM parked_records WHERE key_number = ?1 AND sequence <= ?2";
inline constexpr std::string_view kEndParked = R"sql(
    DELETE FROM parked_keys WHERE number = ?1
        AND NOT EXISTS (SELECT 1 FROM parked_records WHERE key_number = ?1) RETURNING 1)sql";
inline constexpr std::string_view kParkedBytes =
    "SELECT coalesce(sum(length(record)), 0) FROM parked_records";

}  // namespace millbeck::triggers
