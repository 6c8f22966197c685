#include "runtime/api/dynamodb_items.hpp"

#include <utility>

#include "runtime/api/capacity.hpp"
#include "shardlog/item.hpp"

namespace millbeck::runtime {
namespace {

// What the answer to a single write still needs when the write is done.
struct WriteNote {
    ReturnCapacity capacity = ReturnCapacity::None;
    std::string table;  // empty when capacity is None
    std::uint32_t new_size_bytes = 0;
};

WriteNote make_note(ReturnCapacity capacity, const shardlog::TableName& table,
                    std::uint32_t new_size_bytes) {
    if (capacity == ReturnCapacity::None) {
        return {};
    }
    return {capacity, table.value(), new_size_bytes};
}

std::string write_answer(const capture::WriteResult& result, const WriteNote& note) {
    std::string body = "{";
    if (result.old_image) {
        body.append(R"("Attributes":)").append(*result.old_image);
    }
    if (note.capacity != ReturnCapacity::None) {
        body.append(result.old_image ? "," : "").append(R"("ConsumedCapacity":)");
        body += capacity_json(note.capacity, note.table,
                              write_units(result.old_size_bytes, note.new_size_bytes));
    }
    return body += '}';
}

void submit(capture::TableStore& store, capture::Write write, WriteNote note, Reply reply) {
    std::vector<capture::Commit> commits(1);
    commits.front().push_back(std::move(write));
    store.submit(std::move(commits),
                 [note = std::move(note), reply = std::move(reply)](
                     base::Result<std::vector<capture::WriteResult>> results) mutable {
                     if (!results) {
                         return reply.fail(results.error());
                     }
                     reply.send(write_answer(results->front(), note));
                 });
}

}  // namespace

void ItemRoutes::handle(PutItemRequest request, Reply reply) {
    auto note = make_note(request.capacity, request.write.table, request.write.item.size_bytes());
    submit(context_.store, std::move(request.write), std::move(note), std::move(reply));
}

void ItemRoutes::handle(DeleteItemRequest request, Reply reply) {
    auto note = make_note(request.capacity, request.write.table, 0);
    submit(context_.store, std::move(request.write), std::move(note), std::move(reply));
}

void ItemRoutes::handle(const GetItemRequest& request, Reply reply) {
    const auto item = context_.store.get_item(request.table, request.key);
    if (!item) {
        return reply.fail(item.error());
    }
    std::string body = "{";
    if (*item) {
        body.reserve((*item)->size() + 16);
        body.append(R"("Item":)").append(**item);
    }
    if (request.capacity != ReturnCapacity::None) {
        std::uint32_t size_bytes = 0;
        if (*item) {
            const auto parsed = shardlog::parse_item(**item);
            MB_CHECK(parsed.has_value(), "stored items parse");
            size_bytes = parsed->size_bytes();
        }
        body.append(*item ? "," : "").append(R"("ConsumedCapacity":)");
        body += capacity_json(request.capacity, request.table.value(),
                              read_units(size_bytes, request.consistent ? Consistency::Strong
                                                                        : Consistency::Eventual));
    }
    reply.send(body += '}');
}

}  // namespace millbeck::runtime
