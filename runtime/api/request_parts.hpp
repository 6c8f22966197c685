// One parser per call, from a document whose types and constraints are checked to its request.
// Used by request_parser.cpp only.
// Errors of all: Malformed and Invalid from items, Invalid for rules over several members.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "runtime/api/parse_context.hpp"
#include "runtime/api/requests.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace millbeck::runtime {

// parse_tables.cpp
base::Result<Request> parse_create_table(simdjson::dom::element body);
base::Result<Request> parse_update_table(simdjson::dom::element body);
base::Result<Request> parse_describe_table(simdjson::dom::element body);
base::Result<Request> parse_delete_table(simdjson::dom::element body);
base::Result<Request> parse_list_tables(simdjson::dom::element body);
// `TableName`: a name, or an ARN that ends in one. Requires: 3..1024 characters.
base::Result<shardlog::TableName> parse_table_name(std::string_view text);

// parse_items.cpp
base::Result<Request> parse_put_item(simdjson::dom::element body, const ParseContext& context);
base::Result<Request> parse_get_item(simdjson::dom::element body, const ParseContext& context);
base::Result<Request> parse_delete_item(simdjson::dom::element body, const ParseContext& context);
base::Result<Request> parse_update_item(simdjson::dom::element body, const ParseContext& context);
ReturnCapacity parse_return_capacity(std::string_view text);
ReturnMetrics parse_return_metrics(std::string_view text);

// parse_batches.cpp
base::Result<Request> parse_batch_write_item(simdjson::dom::element body);
base::Result<Request> parse_batch_get_item(simdjson::dom::element body,
                                           const ParseContext& context);

// parse_transactions.cpp
base::Result<Request> parse_transact_write_items(simdjson::dom::element body,
                                                 const ParseContext& context);
base::Result<Request> parse_transact_get_items(simdjson::dom::element body,
                                               const ParseContext& context);

// parse_statements.cpp
base::Result<Request> parse_execute_statement(simdjson::dom::element body);
base::Result<Request> parse_batch_execute_statement(simdjson::dom::element body);
base::Result<Request> parse_execute_transaction(simdjson::dom::element body);

// parse_reads.cpp
base::Result<Request> parse_query(simdjson::dom::element body, const ParseContext& context);
base::Result<Request> parse_scan(simdjson::dom::element body, const ParseContext& context);

// parse_settings.cpp
base::Result<Request> parse_tag_resource(simdjson::dom::element body);
base::Result<Request> parse_untag_resource(simdjson::dom::element body);
base::Result<Request> parse_list_tags(simdjson::dom::element body);
base::Result<Request> parse_describe_limits(simdjson::dom::element body);
base::Result<Request> parse_describe_endpoints(simdjson::dom::element body);
base::Result<Request> parse_describe_continuous_backups(simdjson::dom::element body);
base::Result<Request> parse_describe_time_to_live(simdjson::dom::element body);
base::Result<Request> parse_update_time_to_live(simdjson::dom::element body);
// `Tags`. Errors: Invalid, with the service's texts.
base::Result<std::vector<capture::Tag>> parse_tags(simdjson::dom::element list);

// parse_backups.cpp
base::Result<Request> parse_update_continuous_backups(simdjson::dom::element body);
base::Result<Request> parse_restore_table_to_point_in_time(simdjson::dom::element body);
base::Result<Request> parse_create_backup(simdjson::dom::element body);
base::Result<Request> parse_list_backups(simdjson::dom::element body);
base::Result<Request> parse_describe_backup(simdjson::dom::element body);
base::Result<Request> parse_delete_backup(simdjson::dom::element body);
base::Result<Request> parse_restore_table_from_backup(simdjson::dom::element body);

// parse_exports.cpp
base::Result<Request> parse_export_table_to_point_in_time(simdjson::dom::element body);
base::Result<Request> parse_describe_export(simdjson::dom::element body);
base::Result<Request> parse_list_exports(simdjson::dom::element body);

// parse_streams.cpp
base::Result<Request> parse_list_streams(simdjson::dom::element body);
base::Result<Request> parse_describe_stream(simdjson::dom::element body);
base::Result<Request> parse_get_shard_iterator(simdjson::dom::element body);
base::Result<Request> parse_get_records(simdjson::dom::element body);

}  // namespace millbeck::runtime
