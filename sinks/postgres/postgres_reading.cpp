// The copy read back, and rows removed that are in no table.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sinks/postgres/pg_values.hpp"
#include "sinks/postgres/postgres_session.hpp"
#include "sinks/sql/statements.hpp"

namespace millbeck::sinks {

using base::Result;
using base::Status;
using sql::Column;
using sql::quote_name;
using sql::Shape;

namespace {

constexpr int kPageRows = 1'000;
constexpr std::size_t kRemovedAtOnce = 500;

}  // namespace

Status PostgresSession::scan(const Shape& shape, const Visit& visit, base::Instant deadline) {
    std::vector<Column> all = shape.keys();
    all.insert(all.end(), shape.columns().begin(), shape.columns().end());
    MB_TRY_STATUS(run(fmt::format("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; DECLARE "
                                  "millbeck_scan NO SCROLL CURSOR FOR SELECT {} FROM {}",
                                  sql::list_names(all), quote_name(shared_.names.copy)),
                      deadline));
    const auto read_page = [&]() -> Result<bool> {
        MB_TRY(const std::vector<PgRows> page,
               connection_->run(fmt::format("FETCH {} FROM millbeck_scan", kPageRows), deadline));
        for (int row = 0; row < page.at(0).size(); ++row) {
            sql::KeyValues keys;
            std::vector<Value> values;
            for (std::size_t i = 0; i < all.size(); ++i) {
                const int column = static_cast<int>(i);
                Value value;
                if (!page[0].is_null(row, column)) {
                    MB_TRY(value, value_of(page[0].text(row, column), all[i].type));
                }
                (i < shape.keys().size() ? keys : values).push_back(std::move(value));
            }
            MB_TRY_STATUS(visit(std::move(keys), std::move(values)));
        }
        return page[0].size() == kPageRows;
    };
    Result<bool> has_more = true;
    while (has_more && *has_more) {
        has_more = read_page();
    }
    if (!connection_->is_usable()) {
        static_cast<void>(connection_->run("ROLLBACK", deadline));
    }
    return has_more ? Status{} : Status(tl::unexpected<base::Error>(has_more.error()));
}

Status PostgresSession::remove(const Shape& shape, const std::vector<sql::KeyValues>& keys,
                               base::Instant deadline) {
    for (std::size_t first = 0; first < keys.size(); first += kRemovedAtOnce) {
        std::string rows;
        for (std::size_t i = first; i < std::min(keys.size(), first + kRemovedAtOnce); ++i) {
            std::string row;
            for (const Value& value : keys[i]) {
                row += (row.empty() ? "(" : ", ") + literal_of(value);
            }
            rows += (rows.empty() ? "" : ", ") + row + ")";
        }
        MB_TRY_STATUS(
            run(fmt::format("DELETE FROM {} WHERE ({}) IN ({})", quote_name(shared_.names.copy),
                            sql::list_names(shape.keys()), rows),
                deadline));
    }
    return {};
}

}  // namespace millbeck::sinks
