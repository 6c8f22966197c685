// One connection of a PostgreSQL copy, and what several of them share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sinks/postgres/pg_connection.hpp"
#include "sinks/postgres/postgres_options.hpp"
#include "sinks/sql/session.hpp"

namespace millbeck::sinks {

struct PostgresShared {
    const PostgresOptions options;
    const sql::TableNames names;
    const std::string sink_name;
    const base::Clock& clock;
    PgInterrupt interrupt;
};

// How a batch is written: one text of SQL that begins a transaction, takes the locks, looks at the
// generation, takes the rows by COPY into a temporary table, merges them, stores the position and
// commits. Two round trips.
//
// Locks, all of the transaction's life (advisory, so that they cost no row):
//   the sink's, shared: nobody begins another generation or alters the tables meanwhile
//   the shard's, alone: what an earlier connection has left unfinished ends first
class PostgresSession final : public sql::Session {
  public:
    PostgresSession(PostgresShared& shared, std::unique_ptr<PgConnection> connection)
        : shared_(shared), connection_(std::move(connection)) {}

    base::Result<sql::TargetState> load(base::Instant deadline) override;
    base::Status create(const sql::Shape& shape, base::Instant deadline) override;
    base::Status add(const std::vector<sql::Column>& columns, base::Instant deadline) override;
    base::Result<sql::Written> write(const sql::Writing& writing, base::Instant deadline) override;
    base::Result<std::optional<Positions>> positions(const std::string& generation,
                                                     base::Instant deadline) override;
    base::Status begin(const std::string& generation, const sql::Shape* shape,
                       base::Instant deadline) override;
    base::Status scan(const sql::Shape& shape, const Visit& visit, base::Instant deadline) override;
    base::Status remove(const sql::Shape& shape, const std::vector<sql::KeyValues>& keys,
                        base::Instant deadline) override;
    [[nodiscard]] bool is_usable() const override { return connection_->is_usable(); }

  private:
    // `work` in a transaction of its own, while no other session of the sink is in one.
    base::Status change(base::Instant deadline, const std::function<base::Status()>& work);
    base::Status run(const std::string& sql, base::Instant deadline);
    base::Result<std::shared_ptr<const sql::Shape>> read_shape(base::Instant deadline);
    base::Status check_owner(base::Instant deadline);
    base::Result<bool> has_tables(const std::vector<std::string>& names, base::Instant deadline);
    std::string side_tables(const sql::Shape* shape) const;
    [[nodiscard]] std::string begin_text(base::Instant deadline) const;

    base::Status stage(const sql::Shape& shape, base::Instant deadline);
    [[nodiscard]] std::string write_text(const sql::Writing& writing, base::Instant deadline) const;
    [[nodiscard]] std::string merge_text(const sql::Writing& writing) const;
    base::Result<sql::Written> converse(const sql::Writing& writing, base::Instant deadline);

    PostgresShared& shared_;
    std::unique_ptr<PgConnection> connection_;
    // What the temporary tables are made for.
    std::optional<std::pair<std::vector<sql::Column>, std::vector<sql::Column>>> staged_;
};

}  // namespace millbeck::sinks
