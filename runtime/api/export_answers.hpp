// The admin routes that `millbeck export` reads a table through.
//   POST export/open   {"table":T[,"as_of":MOMENT]}  an image of the table, to be read in pages:
//                      {"export":N,"as_of":SEQUENCE,"items":N|null,"table_id":ID,
//                      "table_arn":ARN,"keys":[{"name":N,"type":T}..]}
//   GET  export/rows?export=N&from=F&bytes=N       one line {"rows":N,"next":F|null}, then one
//                      item a line, in the order of storage
//   POST export/close  {"export":N}
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/image_shelf.hpp"
#include "runtime/api/query.hpp"

namespace millbeck::runtime {

// The table with this name. NotFound.
base::Result<shardlog::TableName> existing_table(const ApiContext& context, std::string_view name);

// Reads disks: for a thread that may wait. Errors: Invalid, NotFound, LimitExceeded, those of the
// store.
base::Result<std::string> answer_export(const std::string& route, const Target& query,
                                        const std::string& body, const ApiContext& context,
                                        ImageShelf& shelf);

}  // namespace millbeck::runtime
