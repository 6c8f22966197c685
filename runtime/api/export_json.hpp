// Exports as the service describes them.
#pragma once

#include <string>

#include "runtime/restore/export_record.hpp"
#include "runtime/restore/table_exports.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// `{"ExportDescription":...}`.
std::string export_description_json(const Export& one, const shardlog::Identity& identity);
// `{"ExportSummaries":...}`.
std::string export_page_json(const ExportPage& page, const shardlog::Identity& identity);

}  // namespace millbeck::runtime
