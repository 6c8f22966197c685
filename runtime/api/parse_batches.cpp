#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capture/expression/placeholders_parser.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/parse_expressions.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"
#include "shardlog/item_parser.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
namespace expression = capture::expression;
using base::Code;

constexpr std::size_t kWritesMax = 25;  // over all tables; Source: API_BatchWriteItem
constexpr std::size_t kKeysMax = 100;   // over all tables; Source: API_BatchGetItem

base::Result<capture::Write> parse_write(const shardlog::TableName& table, dom::element element) {
    const Fields fields(shapes::kWriteRequest, element);
    const auto put = fields.find("PutRequest");
    const auto remove = fields.find("DeleteRequest");
    if (put.has_value() == remove.has_value()) {
        // The service's own words, misleading as they are.
        return base::fail(Code::Invalid,
                          "Supplied AttributeValue has more than one datatypes set, must contain "
                          "exactly one of the supported datatypes");
    }
    if (put) {
        const Fields inner(shapes::kPutRequest, *put);
        MB_TRY(auto item, shardlog::parse_item(*inner.find("Item")));
        return capture::PutWrite{table, std::move(item)};
    }
    const Fields inner(shapes::kDeleteRequest, *remove);
    MB_TRY(auto key, shardlog::parse_item(*inner.find("Key")));
    return capture::DeleteWrite{table, std::move(key)};
}

// The attributes of a key as sent, in byte order of their names. Two keys are the same to
// BatchGetItem only if this is: it does not see that 1000 is 1e3.
std::string raw_key(dom::element key) {
    std::vector<std::pair<std::string_view, std::string>> parts;
    for (const dom::key_value_pair part : object_of(key)) {
        parts.emplace_back(part.key, simdjson::minify(part.value));
    }
    std::ranges::sort(parts);
    std::string text;
    for (const auto& [name, value] : parts) {
        text.append(name).append(1, ':').append(value).append(1, ',');
    }
    return text;
}

// What a client must send again with the keys that were not read.
std::string repeated_members(const Fields& fields) {
    std::string text;
    for (const auto* member : {"ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames",
                               "AttributesToGet"}) {
        if (const auto value = fields.find(member)) {
            text.append(",\"").append(member).append("\":").append(simdjson::minify(*value));
        }
    }
    return text;
}

base::Result<BatchGetItemRequest::Table> parse_table_keys(std::string_view name,
                                                          dom::element element,
                                                          const ParseContext& context) {
    const Fields fields(shapes::kKeysAndAttributes, element);
    BatchGetItemRequest::Table table;
    MB_TRY(table.name, parse_table_name(name));
    table.given = name;
    table.consistent = fields.flag("ConsistentRead").value_or(false);
    table.repeated = repeated_members(fields);
    MB_TRY_STATUS(
        check_expression_members(fields, context, {"ProjectionExpression"}, {"AttributesToGet"}));
    std::set<std::string> seen;
    for (const dom::element key : list_of(*fields.find("Keys"))) {
        MB_TRY(auto item, shardlog::parse_item(key, context.wording));
        if (!seen.insert(raw_key(key)).second) {
            return base::fail(Code::Invalid, "Provided list of item keys contains duplicates");
        }
        table.keys.push_back(std::move(item));
    }
    MB_TRY(table.projection, parse_projection(fields, context));
    return table;
}

// Old and new parameters may not be mixed, not even for different tables.
base::Status check_one_way_of_projecting(dom::element tables, const ParseContext& context) {
    std::array<expression::GivenParameter, 1> old{{{"AttributesToGet", false}}};
    std::array<expression::GivenParameter, 1> used{{{"ProjectionExpression", false}}};
    for (const auto& entry : entries_of(tables)) {
        const Fields fields(shapes::kKeysAndAttributes, entry.value);
        old[0].given = old[0].given || fields.find(old[0].name);
        used[0].given = used[0].given || fields.find(used[0].name);
    }
    return expression::check_parameters(used, old, false, false, context.wording);
}

}  // namespace

base::Result<Request> parse_batch_write_item(dom::element body) {
    const Fields fields(shape_of(Operation::BatchWriteItem), body);
    BatchWriteItemRequest request;
    request.capacity = parse_return_capacity(fields.text("ReturnConsumedCapacity"));
    request.metrics = parse_return_metrics(fields.text("ReturnItemCollectionMetrics"));
    for (const auto& entry : entries_of(*fields.find("RequestItems"))) {
        MB_TRY(const shardlog::TableName table, parse_table_name(entry.key));
        request.given.note(table, entry.key);
        for (const dom::element write : list_of(entry.value)) {
            if (request.writes.size() == kWritesMax) {
                return base::fail(Code::Invalid,
                                  "Too many items requested for the BatchWriteItem call");
            }
            MB_TRY(auto parsed, parse_write(table, write));
            request.writes.push_back(std::move(parsed));
        }
    }
    return request;
}

base::Result<Request> parse_batch_get_item(dom::element body, const ParseContext& context) {
    const Fields fields(shape_of(Operation::BatchGetItem), body);
    BatchGetItemRequest request;
    request.capacity = parse_return_capacity(fields.text("ReturnConsumedCapacity"));
    std::size_t keys = 0;
    MB_TRY_STATUS(check_one_way_of_projecting(*fields.find("RequestItems"), context));
    for (const auto& entry : entries_of(*fields.find("RequestItems"))) {
        MB_TRY(auto table, parse_table_keys(entry.key, entry.value, context));
        keys += table.keys.size();
        if (keys > kKeysMax) {
            return base::fail(Code::Invalid, "Too many items requested for the BatchGetItem call");
        }
        request.tables.push_back(std::move(table));
    }
    return request;
}

}  // namespace millbeck::runtime
