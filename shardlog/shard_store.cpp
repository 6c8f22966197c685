#include "shardlog/shard_store.hpp"

#include <array>

namespace millbeck::shardlog {
namespace {

using base::Result;
using base::Statement;
using base::Status;

constexpr std::array<std::string_view, 1> kVersions = {R"sql(
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    table_id INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    label TEXT NOT NULL,
    view_type INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    disabled_ms INTEGER,
    key_schema TEXT NOT NULL,
    UNIQUE (table_name, label)
);
CREATE TABLE shards (
    number INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    parents TEXT NOT NULL,
    first_hash INTEGER NOT NULL,
    last_hash INTEGER NOT NULL,
    starting INTEGER NOT NULL,
    ending INTEGER,
    closed_ms INTEGER NOT NULL,
    trimmed INTEGER NOT NULL
);
)sql"};

std::int64_t to_stored(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}
std::uint64_t from_stored(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}
std::uint32_t to_number(std::int64_t value) {
    return static_cast<std::uint32_t>(value);
}
base::WallTime to_wall(std::int64_t ms) {
    return base::WallTime{base::Milliseconds{ms}};
}
SequenceNumber to_sequence(std::int64_t value) {
    return SequenceNumber{from_stored(value)};
}

// Parents as shard ids with a space between them; a parent may be forgotten before its child.
std::string join(const std::vector<ShardId>& parents) {
    std::string text;
    for (const ShardId& parent : parents) {
        text.append(text.empty() ? "" : " ").append(parent.to_string());
    }
    return text;
}

Result<std::vector<ShardId>> split_parents(std::string_view text) {
    std::vector<ShardId> parents;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        MB_TRY(const ShardId parent, ShardId::parse(text.substr(0, end)));
        parents.push_back(parent);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parents;
}

Result<ShardState> read_shard(const Statement& row) {
    MB_TRY(auto parents, split_parents(row.column_text(3)));
    ShardState state;
    state.shard.id = ShardId(to_wall(row.column_int(2)), ShardNumber{to_number(row.column_int(0))});
    state.shard.stream = StreamId{to_number(row.column_int(1))};
    state.shard.parents = std::move(parents);
    state.shard.hashes = {from_stored(row.column_int(4)), from_stored(row.column_int(5))};
    state.shard.starting = to_sequence(row.column_int(6));
    if (!row.column_is_null(7)) {
        state.shard.ending = to_sequence(row.column_int(7));
    }
    state.closed = to_wall(row.column_int(8));
    state.trimmed = to_sequence(row.column_int(9));
    return state;
}

}  // namespace

Result<ShardStore> ShardStore::open(const base::Path& path) {
    MB_TRY(base::Database database, base::Database::open(path, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kVersions));
    return ShardStore(std::move(database));
}

Result<LogNumbers> ShardStore::load_numbers() {
    LogNumbers numbers;
    MB_TRY(Statement rows, database_.prepare("SELECT name, value FROM numbers"));
    for (;;) {
        MB_TRY(const bool more, rows.step());
        if (!more) {
            return numbers;
        }
        const std::string name = rows.column_text(0);
        const std::int64_t value = rows.column_int(1);
        if (name == kNumberEpoch) {
            numbers.epoch = value;
        } else if (name == kNumberNextStream) {
            numbers.next_stream = value;
        } else if (name == kNumberNextShard) {
            numbers.next_shard = value;
        } else if (name == kNumberNewestShardMs) {
            numbers.newest_shard_ms = value;
        } else if (name == kNumberDurableThrough) {
            numbers.durable_through = to_sequence(value);
        } else if (name == kNumberFirstRetained) {
            numbers.first_retained = to_sequence(value);
        }
    }
}

Result<std::vector<StreamState>> ShardStore::load_streams() {
    std::vector<StreamState> streams;
    MB_TRY(Statement rows,
           database_.prepare("SELECT id, table_id, table_name, label, view_type, created_ms, "
                             "disabled_ms, key_schema FROM streams ORDER BY id"));
    for (;;) {
        MB_TRY(const bool more, rows.step());
        if (!more) {
            return streams;
        }
        StreamState state;
        state.stream = {.id = StreamId{to_number(rows.column_int(0))},
                        .table = TableId{to_number(rows.column_int(1))},
                        .table_name = TableName{rows.column_text(2)},
                        .label = rows.column_text(3),
                        .view_type = static_cast<StreamViewType>(rows.column_int(4)),
                        .status = StreamStatus::Enabled,
                        .created = to_wall(rows.column_int(5)),
                        .key_schema = rows.column_text(7)};
        if (!rows.column_is_null(6)) {
            state.stream.status = StreamStatus::Disabled;
            state.disabled = to_wall(rows.column_int(6));
        }
        streams.push_back(std::move(state));
    }
}

Result<std::vector<ShardState>> ShardStore::load_shards() {
    std::vector<ShardState> shards;
    MB_TRY(Statement rows,
           database_.prepare("SELECT number, stream, created_ms, parents, first_hash, last_hash, "
                             "starting, ending, closed_ms, trimmed FROM shards ORDER BY number"));
    for (;;) {
        MB_TRY(const bool more, rows.step());
        if (!more) {
            return shards;
        }
        MB_TRY(ShardState state, read_shard(rows));
        shards.push_back(std::move(state));
    }
}

Status ShardStore::save(const ShardChange& change) {
    MB_TRY(base::Transaction transaction, base::Transaction::begin(database_));
    MB_TRY_STATUS(save_streams(change));
    MB_TRY_STATUS(save_shards(change));
    if (!change.numbers.empty()) {
        // The two connections may commit in any order; every number only grows.
        MB_TRY(Statement put,
               database_.prepare("INSERT INTO numbers VALUES (?, ?) ON CONFLICT (name) "
                                 "DO UPDATE SET value = max(value, excluded.value)"));
        for (const auto& [name, value] : change.numbers) {
            MB_TRY_STATUS(put.bind(1, name).bind(2, value).run());
        }
    }
    return transaction.commit();
}

Status ShardStore::save_streams(const ShardChange& change) {
    for (const StreamState& state : change.opened_streams) {
        MB_TRY(Statement put,
               database_.prepare("INSERT INTO streams VALUES (?, ?, ?, ?, ?, ?, NULL, ?)"));
        const Stream& s = state.stream;
        put.bind(1, std::int64_t{s.id.value()}).bind(2, std::int64_t{s.table.value()});
        put.bind(3, s.table_name.value()).bind(4, s.label);
        put.bind(5, static_cast<std::int64_t>(s.view_type)).bind(6, base::to_millis(s.created));
        MB_TRY_STATUS(put.bind(7, s.key_schema).run());
    }
    for (const auto& [stream, when] : change.disabled_streams) {
        MB_TRY(Statement set, database_.prepare("UPDATE streams SET disabled_ms = ? WHERE id = ?"));
        MB_TRY_STATUS(
            set.bind(1, base::to_millis(when)).bind(2, std::int64_t{stream.value()}).run());
    }
    for (const StreamId stream : change.forgotten_streams) {
        MB_TRY(Statement drop, database_.prepare("DELETE FROM streams WHERE id = ?"));
        MB_TRY_STATUS(drop.bind(1, std::int64_t{stream.value()}).run());
    }
    return {};
}

Status ShardStore::save_shards(const ShardChange& change) {
    MB_TRY(Statement close,
           database_.prepare("UPDATE shards SET ending = ?, closed_ms = ? WHERE number = ?"));
    for (const ShardState& state : change.closed_shards) {
        close.bind(1, to_stored(state.shard.ending.value_or(SequenceNumber{}).position()));
        close.bind(2, base::to_millis(state.closed));
        MB_TRY_STATUS(close.bind(3, std::int64_t{state.shard.id.number().value()}).run());
    }
    MB_TRY(Statement put,
           database_.prepare("INSERT INTO shards VALUES (?, ?, ?, ?, ?, ?, ?, NULL, 0, 0)"));
    for (const ShardState& state : change.opened_shards) {
        const Shard& s = state.shard;
        put.bind(1, std::int64_t{s.id.number().value()}).bind(2, std::int64_t{s.stream.value()});
        put.bind(3, base::to_millis(s.id.created())).bind(4, join(s.parents));
        put.bind(5, to_stored(s.hashes.first)).bind(6, to_stored(s.hashes.last));
        MB_TRY_STATUS(put.bind(7, to_stored(s.starting.position())).run());
    }
    MB_TRY(Statement trim, database_.prepare("UPDATE shards SET trimmed = ? WHERE number = ?"));
    for (const auto& [shard, position] : change.trimmed_shards) {
        trim.bind(1, to_stored(position.position()));
        MB_TRY_STATUS(trim.bind(2, std::int64_t{shard.value()}).run());
    }
    MB_TRY(Statement drop, database_.prepare("DELETE FROM shards WHERE number = ?"));
    for (const ShardNumber shard : change.forgotten_shards) {
        MB_TRY_STATUS(drop.bind(1, std::int64_t{shard.value()}).run());
    }
    return {};
}

}  // namespace millbeck::shardlog
