#include "runtime/api/dynamodb_items.hpp"

#include <utility>

#include "runtime/api/capacity.hpp"
#include "runtime/api/collection_metrics.hpp"
#include "runtime/api/projected_item.hpp"

namespace millbeck::runtime {
namespace {

// What the answer to a single write still needs when the write is done.
struct WriteNote {
    ReturnCapacity capacity = ReturnCapacity::None;
    std::string table;    // empty when capacity is None
    std::string metrics;  // the member as it is, or ""
};

std::string write_answer(const capture::WriteResult& result, const WriteNote& note) {
    std::string body = "{";
    const auto next = [&]() -> std::string& { return body.append(body.size() == 1 ? "" : ","); };
    if (result.attributes) {
        body.append(R"("Attributes":)").append(*result.attributes);
    }
    if (note.capacity != ReturnCapacity::None) {
        next().append(R"("ConsumedCapacity":)");
        body += capacity_json(note.capacity, note.table, write_units(result));
    }
    if (!note.metrics.empty()) {
        next().append(note.metrics);
    }
    return body += '}';
}

void send_refused(Reply& reply, const capture::WriteResult& result) {
    const std::string item = result.attributes ? R"("Item":)" + *result.attributes : "";
    reply.fail(wire_error(result.refusal->code), result.refusal->message, item);
}

template <typename Write>
const shardlog::Item& named_item(const Write& write) {
    if constexpr (requires { write.item; }) {
        return write.item;
    } else {
        return write.key;
    }
}

// `request`: of a put, a deletion or an update.
template <typename WriteRequest>
void submit(capture::TableStore& store, WriteRequest request, Reply reply) {
    auto& write = request.write;
    WriteNote note{request.capacity, "",
                   collection_member(store, request.metrics, write.table, named_item(write))};
    if (request.capacity != ReturnCapacity::None) {
        note.table = request.given.shown(write.table);
    }
    write.report = report(request.capacity);
    std::vector<capture::Commit> commits(1);
    commits.front().push_back(std::move(write));
    store.submit(std::move(commits),
                 [note = std::move(note), reply = std::move(reply)](
                     base::Result<std::vector<capture::WriteResult>> results) mutable {
                     if (!results) {
                         return reply.fail(results.error());
                     }
                     const capture::WriteResult& result = results->front();
                     if (result.refusal) {
                         return send_refused(reply, result);
                     }
                     reply.send(write_answer(result, note));
                 });
}

}  // namespace

void ItemRoutes::handle(PutItemRequest request, Reply reply) {
    submit(context_.store, std::move(request), std::move(reply));
}

void ItemRoutes::handle(DeleteItemRequest request, Reply reply) {
    submit(context_.store, std::move(request), std::move(reply));
}

void ItemRoutes::handle(UpdateItemRequest request, Reply reply) {
    submit(context_.store, std::move(request), std::move(reply));
}

void ItemRoutes::handle(const GetItemRequest& request, Reply reply) {
    const auto item = context_.store.get_item(request.table, request.key);
    if (!item) {
        return reply.fail(item.error());
    }
    if (auto checked = check_projection(context_.store, request.table, request.projection);
        !checked) {
        return reply.fail(checked.error());
    }
    std::string body = "{";
    if (item->present()) {
        body.reserve(item->text.size() + 16);
        body += R"("Item":)";
        append_item(body, *item, request.projection);
    }
    if (request.capacity != ReturnCapacity::None) {
        const auto consistency = request.consistent ? Consistency::Strong : Consistency::Eventual;
        body.append(item->present() ? "," : "").append(R"("ConsumedCapacity":)");
        body += capacity_json(request.capacity, request.given.shown(request.table),
                              {.table = read_units(item->size_bytes, consistency)});
    }
    reply.send(body += '}');
}

}  // namespace millbeck::runtime
