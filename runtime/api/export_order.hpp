// What an export reads: from when to when, and the images of it.
#pragma once

#include <string>

#include "capture/table.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/error_map.hpp"
#include "runtime/restore/export_record.hpp"
#include "runtime/restore/table_exports.hpp"

namespace millbeck::runtime {

// An error of the service's, or one of a room where `wire` is null.
struct ExportRefusal {
    const WireError* wire = nullptr;
    base::Error error;
};

// The export that is asked for. Refused: the times do not go with the table, or are not kept any
// more; point-in-time recovery is off.
tl::expected<ExportOrder, ExportRefusal> export_order(const ApiContext& context,
                                                      const capture::TableDescription& table,
                                                      const ExportWish& wish);

}  // namespace millbeck::runtime
