#include "runtime/api/fields.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"
#include "shardlog/item_parser.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;

// PutItem and DeleteItem: what comes back can only be the old item.
base::Result<capture::ReturnValues> parse_return_values(std::string_view text) {
    if (text == "NONE") {
        return capture::ReturnValues::None;
    }
    if (text == "ALL_OLD") {
        return capture::ReturnValues::AllOld;
    }
    return base::fail(base::Code::Invalid, "ReturnValues can only be ALL_OLD or NONE");
}

}  // namespace

ReturnCapacity parse_return_capacity(std::string_view text) {
    if (text == "TOTAL") {
        return ReturnCapacity::Total;
    }
    return text == "INDEXES" ? ReturnCapacity::Indexes : ReturnCapacity::None;
}

base::Result<Request> parse_put_item(dom::element body) {
    const Fields fields(shape_of(Operation::PutItem), body);
    MB_TRY(auto table, parse_table_name(fields.text("TableName")));
    MB_TRY(auto item, shardlog::parse_item(*fields.find("Item")));
    MB_TRY(const auto returned, parse_return_values(fields.text("ReturnValues", "NONE")));
    // ReturnItemCollectionMetrics has nothing to say about a table without local indexes, and
    // ReturnValuesOnConditionCheckFailure nothing about a write without a condition.
    return PutItemRequest{{std::move(table), std::move(item), returned},
                          parse_return_capacity(fields.text("ReturnConsumedCapacity"))};
}

base::Result<Request> parse_get_item(dom::element body) {
    const Fields fields(shape_of(Operation::GetItem), body);
    MB_TRY(auto table, parse_table_name(fields.text("TableName")));
    MB_TRY(auto key, shardlog::parse_item(*fields.find("Key")));
    return GetItemRequest{std::move(table), std::move(key),
                          fields.flag("ConsistentRead").value_or(false),
                          parse_return_capacity(fields.text("ReturnConsumedCapacity"))};
}

base::Result<Request> parse_delete_item(dom::element body) {
    const Fields fields(shape_of(Operation::DeleteItem), body);
    MB_TRY(auto table, parse_table_name(fields.text("TableName")));
    MB_TRY(auto key, shardlog::parse_item(*fields.find("Key")));
    MB_TRY(const auto returned, parse_return_values(fields.text("ReturnValues", "NONE")));
    return DeleteItemRequest{{std::move(table), std::move(key), returned},
                             parse_return_capacity(fields.text("ReturnConsumedCapacity"))};
}

}  // namespace millbeck::runtime
