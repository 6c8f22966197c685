// A change as one JSON object, for targets that take texts (files, pipes, sockets, endpoints).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sinks/row.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks {

enum class MessageForm : std::uint8_t {
    Records,  // the stream record, byte for byte; knows no mapping
    Rows,     // a flat row
};

// The mapped values that a change leaves; none after a REMOVE. Errors: Corrupt.
base::Result<Row> row_of(const Message& message, const RowMapping& mapping);

// A flat row: `_key` (the key attributes as DynamoDB JSON), `_event`, `_sequence`, `_shard`,
// `_time` (milliseconds since 1970), then the mapped values. An attribute with one of these names,
// or
// `_rest`, is left out: rename it. Errors: Corrupt.
base::Status append_flat_row(std::string& out, const Message& message, std::string_view shard,
                             const RowMapping& mapping);

// In this form, without a line end.
base::Status append_message(std::string& out, const Message& message, std::string_view shard,
                            MessageForm form, const RowMapping& mapping);

// Invalid: records with a mapping, which would do nothing.
base::Status check_form(MessageForm form, const RowMapping& mapping);

}  // namespace millbeck::sinks
