// What a table was, as a text of its own that is kept with a backup.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "capture/table.hpp"

namespace millbeck::runtime {

// All that a description of a backup tells and a restore needs: schema, indexes, capacity,
// encryption, stream, time to live, numbers; ids of entries are left out. JSON.
std::string table_text(const capture::TableDescription& table);

// Corrupt: nothing that table_text() wrote.
base::Result<capture::TableDescription> parse_table_text(std::string_view text);

}  // namespace millbeck::runtime
