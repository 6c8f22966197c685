#include "shardlog/item_parser.hpp"

#include "shardlog/item_writer.hpp"

namespace millbeck::shardlog {
namespace {

// The largest request body there is; an item's text is far below.
constexpr std::size_t kJsonBytesMax = 16u << 20;
// Threads keep this much scratch memory between items.
constexpr std::size_t kScratchBytesKept = 1u << 20;

ItemScratch& thread_scratch() {
    thread_local ItemScratch scratch;
    return scratch;
}

base::Error most_fundamental(base::Error error, simdjson::dom::element attributes) {
    if (error.code == base::Code::Invalid) {
        if (auto kinds = check_attribute_kinds(attributes); !kinds) {
            return std::move(kinds).error();
        }
    }
    return error;
}

}  // namespace

base::Result<Item> parse_item(simdjson::dom::element attributes, Wording wording) {
    ItemScratch& scratch = thread_scratch();
    scratch.text.clear();
    scratch.members.clear();
    ItemWriter writer(scratch, wording);
    if (!writer.write_item(attributes)) {
        scratch.release_above(kScratchBytesKept);
        return tl::unexpected(most_fundamental(std::move(writer.error()), attributes));
    }
    Item item(std::string(scratch.text.view()), std::move(writer.attributes()),
              writer.size_bytes());
    scratch.release_above(kScratchBytesKept);
    return item;
}

base::Result<Item> parse_item(std::string_view json, Wording wording) {
    if (json.empty()) {  // may have no address, which the parser must not be given
        return base::fail(base::Code::Malformed, "");
    }
    thread_local simdjson::dom::parser parser(kJsonBytesMax);
    simdjson::dom::element root;
    if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS || root.is_null()) {
        return base::fail(base::Code::Malformed, "");
    }
    auto item = parse_item(root, wording);
    if (parser.capacity() > kScratchBytesKept) {
        parser = simdjson::dom::parser(kJsonBytesMax);
    }
    return item;
}

base::Result<Item> parse_item(std::string_view json) {
    return parse_item(json, Wording::Older);
}

}  // namespace millbeck::shardlog
