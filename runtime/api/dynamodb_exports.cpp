#include "runtime/api/dynamodb_exports.hpp"

#include <utility>

#include <fmt/format.h>

#include "runtime/api/export_json.hpp"
#include "runtime/api/export_order.hpp"
#include "runtime/api/lane_reply.hpp"
#include "runtime/restore/table_exports.hpp"

namespace millbeck::runtime {

using base::Code;

bool ExportRoutes::refused(std::string_view call, Reply& reply) const {
    if (context_.exports != nullptr) {
        return false;
    }
    reply.fail({Code::Unsupported, fmt::format("{} is not supported here", call)});
    return true;
}

void ExportRoutes::handle(ExportTableToPointInTimeRequest request, const Reply& reply) {
    answer_in(lane_, reply, [this, request = std::move(request)](Reply answer) {
        begin(request, std::move(answer));
    });
}

void ExportRoutes::begin(const ExportTableToPointInTimeRequest& request, Reply reply) {
    if (refused("ExportTableToPointInTime", reply)) {
        return;
    }
    const auto table = context_.store.describe_table(request.wish.table);
    if (!table && table.error().code == Code::NotFound) {
        return reply.fail(kTableNotFound, "Table not found: " + request.table_arn);
    }
    if (!table) {
        return reply.fail(table.error());
    }
    const auto earlier = context_.exports->earlier(request.wish);
    if (!earlier) {
        return reply.fail(kExportConflict, "Export conflict: " + earlier.error().message);
    }
    if (*earlier) {
        return reply.send(export_description_json(**earlier, context_.identity));
    }
    auto order = export_order(context_, *table, request.wish);
    if (!order) {
        const ExportRefusal& refusal = order.error();
        return refusal.wire == nullptr ? reply.fail(refusal.error)
                                       : reply.fail(*refusal.wire, refusal.error.message);
    }
    const auto begun = context_.exports->begin(std::move(*order));
    if (!begun) {
        return reply.fail(begun.error());
    }
    reply.send(export_description_json(*begun, context_.identity));
}

void ExportRoutes::handle(const DescribeExportRequest& request, Reply reply) {
    if (refused("DescribeExport", reply)) {
        return;
    }
    const auto found = context_.exports->find(request.id);
    if (!found) {
        // The service says it twice.
        return reply.fail(kExportNotFound, "Export not found: Export not found: " + request.arn);
    }
    reply.send(export_description_json(*found, context_.identity));
}

void ExportRoutes::handle(const ListExportsRequest& request, Reply reply) {
    if (refused("ListExports", reply)) {
        return;
    }
    std::optional<std::string> table_uuid;
    if (request.table) {
        const auto table = context_.store.describe_table(*request.table);
        if (!table) {
            return reply.send(export_page_json({}, context_.identity));
        }
        table_uuid = table->uuid;
    }
    reply.send(export_page_json(context_.exports->list(table_uuid, request.before, request.limit),
                                context_.identity));
}

}  // namespace millbeck::runtime
