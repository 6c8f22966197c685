#include "sinks/sql/batch_plan.hpp"

#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace millbeck::sinks::sql {
namespace {

using base::Code;
using base::fail;
using base::Result;

// Keys are renamed as the row is, and never left out.
Result<Row> row_of_key(std::string_view key, const RowMapping& mapping) {
    RowMapping names;
    names.rename = mapping.rename;
    return make_row(key, names);
}

std::size_t bytes_of(const Row& key) {
    std::size_t bytes = 0;
    for (const Field& field : key) {
        bytes += field.value.text.size();
    }
    return bytes;
}

Result<std::string> plain_json(std::string_view image, const RowMapping& mapping) {
    if (image.empty()) {
        return std::string();
    }
    MB_TRY(const Row row, make_row(image, mapping));
    return json_of(row);
}

Result<HistoryRow> history_of(const Message& message, const RowMapping& mapping) {
    HistoryRow row;
    row.sequence = message.id;
    row.event = to_string(message.event);
    row.milliseconds = message.milliseconds;
    MB_TRY(const Row key, row_of_key(message.key, mapping));
    row.key = json_of(key);
    MB_TRY(row.new_image, plain_json(message.new_image, mapping));
    MB_TRY(row.old_image, plain_json(message.old_image, mapping));
    return row;
}

// An attribute's name may be that of a column of ours: then it has no column.
std::size_t column_for(const Shape& shape, const Field& field) {
    const std::size_t at = shape.find(field.name);
    const bool fits = at != Shape::kNone && !is_our_name(field.name) &&
                      shape.columns()[at].type == column_type_of(field.value.kind);
    return fits ? at : Shape::kNone;
}

// What has no column of its type: `_extra`, unless new attributes are to be ignored. A value whose
// column has another type is kept in any case: the attribute was asked for.
bool keeps_extra(const TableOptions& options, const Shape& shape, const Field& field) {
    return options.new_attributes != NewAttributes::Ignore ||
           (shape.has(field.name) && !is_our_name(field.name));
}

void place_typed(const TableOptions& options, const Shape& shape, Row row, PlacedRow& placed) {
    Row extra;
    for (Field& field : row) {
        if (field.value.kind == Value::Kind::Null || shape.is_key(field.name)) {
            continue;
        }
        if (const std::size_t at = column_for(shape, field); at != Shape::kNone) {
            placed.values[at] = std::move(field.value);
        } else if (keeps_extra(options, shape, field)) {
            extra.push_back(std::move(field));
        }
    }
    const std::size_t at = shape.find(std::string(kExtraColumn));
    if (!extra.empty() && at != Shape::kNone) {
        placed.values[at].kind = Value::Kind::Json;
        placed.values[at].text = json_of(extra);
    }
}

}  // namespace

Result<ParsedRow> parse_row(const Message& message, const RowMapping& mapping) {
    ParsedRow parsed;
    parsed.sequence = message.id;
    parsed.removed = message.event == Event::Remove;
    MB_TRY(parsed.key, row_of_key(message.key, mapping));
    if (!parsed.removed && message.new_image.empty()) {
        return fail(Code::Invalid,
                    "a change came without its new image: the stream's view must hold new images");
    }
    if (!parsed.removed) {
        MB_TRY(parsed.row, make_row(message.new_image, mapping));
    }
    return parsed;
}

ParsedBatch parse_batch(const Batch& batch, const RowMapping& mapping, const PlanTerms& terms) {
    ParsedBatch parsed;
    const auto refuse = [&](const Message& message, std::string why) {
        parsed.refusal = parsed.refused.empty() ? std::move(why) : parsed.refusal;
        parsed.refused.emplace_back(message.id);
    };
    const bool with_history = terms.with_history && batch.content == Content::Changes;
    // Which messages make rows: of one key the last; null where a later one came.
    std::vector<const Message*> newest;
    newest.reserve(batch.messages.size());
    std::unordered_map<std::string_view, std::size_t> places;
    places.reserve(batch.messages.size());
    for (const Message& message : batch.messages) {
        if (with_history) {
            auto row = history_of(message, mapping);
            if (!row) {
                refuse(message, row.error().message);
                continue;
            }
            parsed.history.push_back(std::move(*row));
        }
        const auto [place, is_first] = places.try_emplace(message.key, newest.size());
        if (!is_first) {
            newest[std::exchange(place->second, newest.size())] = nullptr;
        }
        newest.push_back(&message);
    }
    parsed.rows.reserve(places.size());
    for (const Message* message : newest) {
        if (message == nullptr) {
            continue;
        }
        auto row = parse_row(*message, mapping);
        if (row && bytes_of(row->key) > terms.key_bytes_max) {
            refuse(*message, fmt::format("a key is longer than an index takes ({} bytes)",
                                         terms.key_bytes_max));
        } else if (!row) {
            refuse(*message, row.error().message);
        } else {
            parsed.rows.push_back(std::move(*row));
        }
    }
    return parsed;
}

Result<std::vector<Value>> place_key(const Shape& shape, const Row& key) {
    std::vector<Value> values(shape.keys().size());
    std::size_t found = 0;
    for (const Field& field : key) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const Column& column = shape.keys()[i];
            if (column.name == field.name && column.type == column_type_of(field.value.kind)) {
                values[i] = field.value;
                ++found;
            }
        }
    }
    if (found != values.size() || key.size() != values.size()) {
        return fail(Code::Invalid,
                    "the copy's table was made for other key attributes: drop it, or give `into`");
    }
    return values;
}

Result<PlacedRow> place(const TableOptions& options, const Shape& shape, ParsedRow parsed) {
    PlacedRow placed;
    placed.sequence = parsed.sequence;
    placed.removed = parsed.removed;
    MB_TRY(placed.keys, place_key(shape, parsed.key));
    if (placed.removed) {
        return placed;
    }
    placed.values.resize(shape.columns().size());
    if (options.columns == Columns::Json) {
        Value& document = placed.values[0];  // the only column of such a table
        document.kind = Value::Kind::Json;
        document.text = json_of(parsed.row);
    } else {
        place_typed(options, shape, std::move(parsed.row), placed);
    }
    return placed;
}

}  // namespace millbeck::sinks::sql
