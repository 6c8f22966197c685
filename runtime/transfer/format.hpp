// The forms in which a table leaves and comes back.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::runtime {

enum class Format : std::uint8_t {
    Ndjson,    // an item a line, DynamoDB JSON
    Csv,       // see csv_items.hpp
    DynamoDb,  // a folder as ExportTableToPointInTime writes it, see export_folder.hpp
};

// "ndjson", "csv", "dynamodb-json". Invalid.
base::Result<Format> parse_format(std::string_view text);

// By the end of a file's name, with or without `.gz`: CSV or NDJSON.
Format format_of_name(std::string_view name);

}  // namespace millbeck::runtime
