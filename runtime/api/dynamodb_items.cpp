#include "runtime/api/dynamodb_items.hpp"

#include <utility>

#include "runtime/api/capacity.hpp"
#include "runtime/api/projected_item.hpp"

namespace millbeck::runtime {
namespace {

// What the answer to a single write still needs when the write is done.
struct WriteNote {
    ReturnCapacity capacity = ReturnCapacity::None;
    std::string table;  // empty when capacity is None
};

WriteNote make_note(ReturnCapacity capacity, const shardlog::TableName& table) {
    if (capacity == ReturnCapacity::None) {
        return {};
    }
    return {capacity, table.value()};
}

std::string write_answer(const capture::WriteResult& result, const WriteNote& note) {
    std::string body = "{";
    if (result.attributes) {
        body.append(R"("Attributes":)").append(*result.attributes);
    }
    if (note.capacity != ReturnCapacity::None) {
        body.append(result.attributes ? "," : "").append(R"("ConsumedCapacity":)");
        body += capacity_json(note.capacity, note.table,
                              write_units(result.old_size_bytes, result.new_size_bytes));
    }
    return body += '}';
}

void send_refused(Reply& reply, const capture::WriteResult& result) {
    const std::string item = result.attributes ? R"("Item":)" + *result.attributes : "";
    reply.fail(wire_error(result.refusal->code), result.refusal->message, item);
}

template <typename Write>
void submit(capture::TableStore& store, Write write, ReturnCapacity capacity, Reply reply) {
    auto note = make_note(capacity, write.table);
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
    submit(context_.store, std::move(request.write), request.capacity, std::move(reply));
}

void ItemRoutes::handle(DeleteItemRequest request, Reply reply) {
    submit(context_.store, std::move(request.write), request.capacity, std::move(reply));
}

void ItemRoutes::handle(UpdateItemRequest request, Reply reply) {
    submit(context_.store, std::move(request.write), request.capacity, std::move(reply));
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
        body += capacity_json(request.capacity, request.table.value(),
                              read_units(item->size_bytes, consistency));
    }
    reply.send(body += '}');
}

}  // namespace millbeck::runtime
