#include "runtime/api/dynamodb_reads.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/api/capacity.hpp"

namespace millbeck::runtime {
namespace {

// Names, numbers and brackets around the items, key and capacity.
constexpr std::size_t kFrameBytesUsual = 256;

// What the page cost. `store`: knows of which kind the index is.
std::string page_capacity(const capture::Page& page, const ReadRequest& request,
                          const capture::TableStore& store) {
    const std::string& name = request.given.shown(request.page.table);
    if (request.page.index) {
        const auto table = store.describe_table(request.page.table);
        const auto named = [&](const auto& index) { return index.spec.name == request.page.index; };
        // Absent: it was deleted since it was read.
        if (table) {
            const auto found = std::ranges::find_if(table->indexes, named);
            if (found != table->indexes.end()) {
                return capacity_json(request.capacity, name,
                                     page_units(page, request.page.consistency, &found->spec));
            }
        }
    }
    return capacity_json(request.capacity, name,
                         page_units(page, request.page.consistency, nullptr));
}

std::string page_answer(const capture::Page& page, const ReadRequest& request,
                        const capture::TableStore& store) {
    std::string body;
    body.reserve(page.items.size() + kFrameBytesUsual +
                 (page.last_key ? page.last_key->size() : 0));
    body.append(R"({"Count":)").append(std::to_string(page.count));
    if (request.page.select != capture::Select::Count) {
        body.append(R"(,"Items":[)").append(page.items).append("]");
    }
    body.append(R"(,"ScannedCount":)").append(std::to_string(page.scanned_count));
    if (page.last_key) {
        body.append(R"(,"LastEvaluatedKey":)").append(*page.last_key);
    }
    if (request.capacity != ReturnCapacity::None) {
        body.append(R"(,"ConsumedCapacity":)").append(page_capacity(page, request, store));
    }
    return body += '}';
}

}  // namespace

void ReadRoutes::answer(const ReadRequest& request, Reply reply) {
    const auto page = context_.store.read_page(request.page);
    if (!page) {
        return reply.fail(page.error());
    }
    reply.send(page_answer(*page, request, context_.store));
}

}  // namespace millbeck::runtime
