#include "runtime/lambda/document_store.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/mutex.hpp"
#include "base/sqlite.hpp"

namespace millbeck::runtime::lambda {

namespace {

using base::Result;
using base::Statement;
using base::Status;

// Each later schema change is one more entry; entries never change.
constexpr std::array<std::string_view, 1> kSchema = {R"sql(
    CREATE TABLE documents (
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        json TEXT NOT NULL,
        PRIMARY KEY (kind, name)
    ) STRICT, WITHOUT ROWID;
)sql"};
constexpr std::string_view kPut = R"sql(
    INSERT INTO documents (kind, name, json) VALUES (?1, ?2, ?3)
    ON CONFLICT (kind, name) DO UPDATE SET json = excluded.json)sql";
constexpr std::string_view kRemove =
    "DELETE FROM documents WHERE kind = ?1 AND name = ?2 RETURNING 1";
constexpr std::string_view kFind = "SELECT json FROM documents WHERE kind = ?1 AND name = ?2";
constexpr std::string_view kAll = "SELECT name, json FROM documents WHERE kind = ?1 ORDER BY name";
constexpr std::string_view kCount = "SELECT count(*) FROM documents WHERE kind = ?1";

struct Statements {
    Statement put, remove, find, all, count;
};

Result<Statements> prepare(base::Database& database) {
    MB_TRY(auto put, database.prepare(kPut));
    MB_TRY(auto remove, database.prepare(kRemove));
    MB_TRY(auto find, database.prepare(kFind));
    MB_TRY(auto all, database.prepare(kAll));
    MB_TRY(auto count, database.prepare(kCount));
    return Statements{std::move(put), std::move(remove), std::move(find), std::move(all),
                      std::move(count)};
}

class SqliteDocuments final : public DocumentStore {
  public:
    SqliteDocuments(base::Database database, Statements statements)
        : database_(std::move(database)), statements_(std::move(statements)) {}

    Status put(std::string_view kind, const Document& document) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(const auto known, find_locked(kind, document.name));
        if (!known) {
            statements_.count.bind(1, kind);
            MB_TRY([[maybe_unused]] const bool row, statements_.count.step());
            const auto count = static_cast<std::size_t>(statements_.count.column_int(0));
            statements_.count.reset();
            if (count >= kDocumentsMax) {
                return base::fail(base::Code::LimitExceeded,
                                  fmt::format("there are {} already: remove some", count));
            }
        }
        statements_.put.bind(1, kind).bind(2, document.name).bind(3, document.json);
        return statements_.put.run();
    }

    Result<bool> remove(std::string_view kind, std::string_view name) override {
        const base::MutexLock lock(mutex_);
        statements_.remove.bind(1, kind).bind(2, name);
        MB_TRY(const bool removed, statements_.remove.step());
        if (removed) {
            // The row is out only when the statement has come to its end.
            MB_TRY_STATUS(statements_.remove.step());
        }
        return removed;
    }

    Result<std::optional<std::string>> find(std::string_view kind, std::string_view name) override {
        const base::MutexLock lock(mutex_);
        return find_locked(kind, name);
    }

    Result<std::vector<Document>> all(std::string_view kind) override {
        const base::MutexLock lock(mutex_);
        std::vector<Document> documents;
        statements_.all.bind(1, kind);
        while (true) {
            MB_TRY(const bool row, statements_.all.step());
            if (!row) {
                return documents;
            }
            documents.push_back({statements_.all.column_text(0), statements_.all.column_text(1)});
        }
    }

  private:
    Result<std::optional<std::string>> find_locked(std::string_view kind, std::string_view name)
        MB_REQUIRES(mutex_) {
        statements_.find.bind(1, kind).bind(2, name);
        MB_TRY(const bool row, statements_.find.step());
        if (!row) {
            return std::optional<std::string>();
        }
        std::optional<std::string> json = statements_.find.column_text(0);
        statements_.find.reset();
        return json;
    }

    base::Mutex mutex_;
    base::Database database_;
    Statements statements_ MB_GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<DocumentStore>> DocumentStore::open(const base::Path& file) {
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kSchema));
    MB_TRY(auto statements, prepare(database));
    return std::unique_ptr<DocumentStore>(
        std::make_unique<SqliteDocuments>(std::move(database), std::move(statements)));
}

}  // namespace millbeck::runtime::lambda
