// The rows of a table, read from a server page after page, all as of one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/transfer/csv_items.hpp"

namespace millbeck::runtime::cli {

struct PagedTable {
    std::string as_of;                   // a sequence number
    std::optional<std::uint64_t> items;  // how many there will be, where the server knows
    std::string table_id;
    std::string table_arn;
    std::vector<CsvColumn> keys;
};

// Threads: one. Errors: those of the client.
class TablePages {
  public:
    // `as_of`: "" is now. Borrows the client.
    static base::Result<TablePages> open(Client& client, const std::string& table,
                                         const std::string& as_of);
    ~TablePages();
    TablePages(TablePages&& other) noexcept;
    TablePages& operator=(TablePages&&) = delete;
    TablePages(const TablePages&) = delete;
    TablePages& operator=(const TablePages&) = delete;

    [[nodiscard]] const PagedTable& table() const { return table_; }

    // One item a line, valid until the next call; nullopt: that was all.
    base::Result<std::optional<std::string_view>> next();
    [[nodiscard]] std::uint64_t rows() const { return rows_; }  // of the pages so far
    // The first page again.
    void rewind();

  private:
    TablePages(Client& client, std::uint64_t number, PagedTable table)
        : client_(&client), number_(number), table_(std::move(table)) {}

    Client* client_;  // null: moved from
    std::uint64_t number_ = 0;
    PagedTable table_;
    std::string page_;
    std::string from_;
    std::uint64_t rows_ = 0;
    bool ended_ = false;
};

}  // namespace millbeck::runtime::cli
