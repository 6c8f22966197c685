#include "sinks/sql/sql_options.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "sinks/sql/statements.hpp"

namespace millbeck::sinks::sql {
namespace {

using base::Code;
using base::fail;

// PostgreSQL cuts names at 63 bytes; `_tombstones` follows ours.
constexpr std::size_t kNameBytesMax = 48;
constexpr unsigned kColumnsMax = 1'000;
constexpr base::Milliseconds kTombstonesMax = std::chrono::hours{24 * 365};

base::Result<std::string> fill(const std::string& pattern, const std::string& sink,
                               const std::string& table) {
    std::string name;
    for (std::size_t at = 0; at < pattern.size();) {
        const std::string_view rest = std::string_view(pattern).substr(at);
        if (rest.starts_with("{table}")) {
            name += table;
            at += std::string_view("{table}").size();
        } else if (rest.starts_with("{sink}")) {
            name += sink;
            at += std::string_view("{sink}").size();
        } else if (rest[0] == '{' || rest[0] == '}') {
            return fail(Code::Invalid,
                        fmt::format("\"{}\" may hold {{table}} and {{sink}} in braces, and nothing "
                                    "else",
                                    pattern));
        } else {
            name += pattern[at++];
        }
    }
    if (name.empty() || name.size() > kNameBytesMax || name.find('\0') != std::string::npos) {
        return fail(Code::Invalid,
                    fmt::format("the table name \"{}\" is not 1 to {} bytes long: give another",
                                name, kNameBytesMax));
    }
    if (name == kPositionsTable || name.starts_with("sqlite_")) {
        return fail(Code::Invalid, fmt::format("the table name \"{}\" is taken", name));
    }
    return name;
}

base::Status check_ranges(const TableOptions& options) {
    if (options.columns_max < 1 || options.columns_max > kColumnsMax) {
        return fail(Code::Invalid, fmt::format("columns_max must be 1 to {}", kColumnsMax));
    }
    if (options.tombstones < base::Milliseconds{0} || options.tombstones > kTombstonesMax) {
        return fail(Code::Invalid, "tombstones must be 0s to 365d");
    }
    if (options.columns == Columns::Json && !options.declared.empty()) {
        return fail(Code::Invalid, "a table of JSON documents has no columns to declare");
    }
    return {};
}

}  // namespace

base::Result<TableNames> check_options(const TableOptions& options, const std::string& sink,
                                       const std::string& table) {
    MB_TRY_STATUS(check_ranges(options));
    TableNames names;
    MB_TRY(names.copy, fill(options.into, sink, table));
    names.tombstones = names.copy + "_tombstones";
    if (!options.history.empty()) {
        MB_TRY(names.history, fill(options.history, sink, table));
    }
    if (names.history == names.copy || names.history == names.tombstones) {
        return fail(Code::Invalid,
                    fmt::format("the copy and its history cannot both be \"{}\"", names.history));
    }
    return names;
}

}  // namespace millbeck::sinks::sql
