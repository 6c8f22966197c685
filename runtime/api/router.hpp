// From an HTTP request to the one call that answers it: method, path, content type, body, target.
#pragma once

#include <optional>

#include "capture/expression/expression_cache.hpp"
#include "runtime/api/api.hpp"
#include "runtime/api/api_metrics.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/api/dynamodb_backups.hpp"
#include "runtime/api/dynamodb_batches.hpp"
#include "runtime/api/dynamodb_exports.hpp"
#include "runtime/api/dynamodb_items.hpp"
#include "runtime/api/dynamodb_reads.hpp"
#include "runtime/api/dynamodb_settings.hpp"
#include "runtime/api/dynamodb_statements.hpp"
#include "runtime/api/dynamodb_table_backups.hpp"
#include "runtime/api/dynamodb_tables.hpp"
#include "runtime/api/dynamodb_transactions.hpp"
#include "runtime/api/streams_routes.hpp"
#include "runtime/iam/iam_routes.hpp"

namespace millbeck::runtime {

// The DynamoDB and Streams wire, and everything no other route wants.
// Threads: handle() by any.
class Router {
  public:
    explicit Router(const ApiContext& context);

    void handle(const base::HttpRequest& request, base::Responder respond);

  private:
    void handle_post(const base::HttpRequest& request, std::string_view content_type, Reply reply);
    void dispatch(const base::HttpRequest& request, std::string_view body, Reply reply);

    ApiContext context_;
    ApiMetrics metrics_;
    capture::expression::ExpressionCache expressions_;  // of all requests
    TableRoutes tables_;
    ItemRoutes items_;
    BatchRoutes batches_;
    TransactionRoutes transactions_;
    StatementRoutes statements_;  // uses the transactions
    ReadRoutes reads_;
    BackupRoutes backups_;
    TableBackupRoutes table_backups_;
    ExportRoutes exports_;
    SettingRoutes settings_;
    StreamRoutes streams_;
    std::optional<iam::IamRoutes> iam_;
    ControlLane lane_;  // destroyed first: its last tasks use the routes
};

}  // namespace millbeck::runtime
