#include "capture/token_table.hpp"

#include <string>
#include <utility>

namespace millbeck::capture {
namespace {

TableEntry make_token_table() {
    TableDescription table;
    table.spec.name = shardlog::TableName{std::string(kTokenTable)};
    table.spec.keys = {{std::string(kTokenKey), shardlog::AttributeType::N}, {}};
    table.spec.billing = BillingMode::PayPerRequest;
    table.id = kTokenTableId;
    return {std::move(table), shardlog::SequenceNumber{0}};
}

}  // namespace

const TableEntry& token_table() {
    static const TableEntry entry = make_token_table();
    return entry;
}

}  // namespace millbeck::capture
