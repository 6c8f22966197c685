// A PostgreSQL server of the test's own, a database in it for each test, and sinks on it.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>

#include "base/metrics.hpp"
#include "base/random.hpp"
#include "sinks/postgres/pg_connection.hpp"
#include "sinks/postgres/postgres_sink.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::sinks {

// fsync is on, as anywhere. Root may not run it: then Debian's user postgres does.
class PostgresServer {
  public:
    PostgresServer() : server_(options()) {}

    [[nodiscard]] tests::TargetServer& process() { return server_; }
    [[nodiscard]] std::string connection(const std::string& database,
                                         const std::string& user = "postgres") const {
        return "host=127.0.0.1 port=" + std::to_string(server_.port()) + " user=" + user +
               " dbname=" + database + " sslmode=disable";
    }

    // As a power cut: the server and all that it started.
    void kill() {
        std::vector<pid_t> all;
        const std::string pid = std::to_string(server_.pid());
        std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
        for (pid_t child = 0; children >> child;) {
            all.push_back(child);
        }
        server_.kill();
        for (const pid_t child : all) {
            ::kill(child, SIGKILL);
        }
    }
    // What was killed may hold the folder for a moment longer.
    void start() {
        for (int attempt = 0;; ++attempt) {
            try {
                server_.start();
                return;
            } catch (const std::runtime_error&) {
                if (attempt == 50) {
                    throw;
                }
            }
        }
    }

  private:
    static std::string program(const std::string& name) {
        for (const int version : {17, 16, 15, 14, 13}) {
            const std::string path =
                "/usr/lib/postgresql/" + std::to_string(version) + "/bin/" + name;
            if (std::filesystem::exists(path)) {
                return path;
            }
        }
        return name;
    }

    // In the server's folder, which is the working folder. One shell that makes the database the
    // first time and becomes the server.
    static tests::TargetServerOptions options() {
        const std::string serve =
            "set -e\n"
            "[ -e data/PG_VERSION ] || " +
            program("initdb") +
            " -N -D data -U postgres -A trust -E UTF8 --locale=C >initdb.log\n"
            "exec " +
            program("postgres") +
            " -D data -p \"$0\" -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
            "-c shared_buffers=64MB -c max_connections=50\n";
        const std::string as_whom =
            "[ \"$(id -u)\" = 0 ] || exec sh -c \"$1\" \"$0\"\n"
            "chown postgres:postgres .\n"
            "exec setpriv --reuid=postgres --regid=postgres --clear-groups sh -c \"$1\" \"$0\"\n";
        tests::TargetServerOptions options;
        options.command = [serve, as_whom](std::uint16_t port) {
            return std::vector<std::string>{"sh", "-c", as_whom, std::to_string(port), serve};
        };
        options.is_ready = [](std::uint16_t port) {
            const base::SystemClock clock;
            const std::string connection =
                "host=127.0.0.1 user=postgres dbname=postgres port=" + std::to_string(port) +
                " sslmode=disable";
            return tests::accepts(port) &&
                   PgConnection::open(
                       {.connection = connection, .clock = clock, .interrupt = nullptr},
                       clock.instant() + base::Milliseconds{5'000})
                       .has_value();
        };
        return options;
    }

    tests::TargetServer server_;
};

// One for all tests of the program: starting one takes a second or two.
inline PostgresServer& shared_server() {
    static PostgresServer server;
    return server;
}

// A schema of its own, gone with it.
class PostgresSchema {
  public:
    explicit PostgresSchema(PostgresServer& server = shared_server()) : server_(server) {
        static int made = 0;
        name_ = "t" + std::to_string(++made);
        query("CREATE SCHEMA " + name_);
    }
    PostgresSchema(const PostgresSchema&) = delete;
    PostgresSchema& operator=(const PostgresSchema&) = delete;
    ~PostgresSchema() { query("DROP SCHEMA IF EXISTS " + name_ + " CASCADE"); }

    [[nodiscard]] std::string connection(const std::string& user = "postgres") const {
        return server_.connection("postgres", user) + " options=-csearch_path=" + name_;
    }

    base::Result<std::unique_ptr<Sink>> open(PostgresOptions options,
                                             const std::string& sink = "copy") {
        if (options.connection.empty()) {
            options.connection = connection();
        }
        return open_postgres(std::move(options), {.name = sink + "-" + name_,
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
        const base::Instant deadline = clock_.instant() + base::Milliseconds{60'000};
        const auto opened = PgConnection::open(
            {.connection = connection(), .clock = clock_, .interrupt = nullptr}, deadline);
        auto found =
            opened ? (*opened)->run(sql, deadline)
                   : base::Result<std::vector<PgRows>>(tl::unexpected<base::Error>(opened.error()));
        if (!found) {
            return {"error: " + found.error().message};
        }
        std::vector<std::string> lines;
        for (const PgRows& rows : *found) {
            for (int row = 0; row < rows.size(); ++row) {
                std::string line;
                for (int column = 0; column < rows.columns(); ++column) {
                    line += column == 0 ? "" : "|";
                    line += rows.is_null(row, column) ? "-" : rows.text(row, column);
                }
                lines.push_back(std::move(line));
            }
        }
        return lines;
    }

    void lose_everything() { query("DROP SCHEMA " + name_ + " CASCADE; CREATE SCHEMA " + name_); }
    [[nodiscard]] bool has_copy() {
        return query("SELECT to_regclass('orders') IS NOT NULL")[0] == "t";
    }

  private:
    PostgresServer& server_;
    std::string name_;
    base::SystemClock clock_;
    base::Metrics metrics_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(7);
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
};

}  // namespace millbeck::sinks
