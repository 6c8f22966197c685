// A folder with an SQLite copy in it, and sinks on it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/sqlite.hpp"
#include "sinks/sqlite/sqlite_sink.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::sinks {

class SqliteFolder {
  public:
    [[nodiscard]] base::Path path() const { return folder_.path() / "copy.sqlite"; }
    [[nodiscard]] base::Path folder() const { return folder_.path(); }

    base::Result<std::unique_ptr<Sink>> open(SqliteOptions options,
                                             const std::string& sink = "copy") {
        if (options.path.empty()) {
            options.path = path();
        }
        return open_sqlite(std::move(options), {.name = sink,
                                                .table = "orders",
                                                .clock = clock_,
                                                .random = *random_,
                                                .metrics = metrics_,
                                                .files = *files_});
    }
    std::unique_ptr<Sink> open_plain() {
        auto opened = open({});
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }

    // Each row's fields joined by `|`, NULL as `-`; an error is a row of its own.
    std::vector<std::string> query(const std::string& sql) {
        auto database = base::Database::open(path(), base::Durability::Full);
        if (!database) {
            return {"error: " + database.error().message};
        }
        auto statement = database->prepare(sql);
        if (!statement) {
            return {"error: " + statement.error().message};
        }
        std::vector<std::string> lines;
        for (auto more = statement->step(); more && *more; more = statement->step()) {
            std::string line;
            for (int column = 0; column < statement->column_count(); ++column) {
                line += column == 0 ? "" : "|";
                line += statement->column_is_null(column) ? "-" : statement->column_text(column);
            }
            lines.push_back(std::move(line));
        }
        return lines;
    }

    void lose_everything() {
        for (const std::string ending : {"", "-wal", "-shm"}) {
            std::filesystem::remove(path().native() + ending);
        }
    }

  private:
    tests::TempFolder folder_;
    base::SystemClock clock_;
    base::Metrics metrics_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(7);
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
};

}  // namespace millbeck::sinks
