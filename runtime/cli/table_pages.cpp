#include "runtime/cli/table_pages.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/query.hpp"

namespace millbeck::runtime::cli {

using base::Result;
using Json = nlohmann::json;

namespace {

// Going back in the log may read much of it.
constexpr base::Milliseconds kOpenTimeout{3'600'000};

shardlog::AttributeType key_type(const std::string& text) {
    return text == "N"   ? shardlog::AttributeType::N
           : text == "B" ? shardlog::AttributeType::B
                         : shardlog::AttributeType::S;
}

}  // namespace

Result<TablePages> TablePages::open(Client& client, const std::string& table,
                                    const std::string& as_of) {
    Json asked{{"table", table}};
    if (!as_of.empty()) {
        asked["as_of"] = as_of;
    }
    MB_TRY(const std::string answer, client.post("export/open", asked.dump(), kOpenTimeout));
    const Json told = Json::parse(answer);
    PagedTable paged{.as_of = told.at("as_of").get<std::string>(),
                     .items = {},
                     .table_id = told.at("table_id").get<std::string>(),
                     .table_arn = told.at("table_arn").get<std::string>(),
                     .keys = {}};
    if (told.at("items").is_number()) {
        paged.items = told.at("items").get<std::uint64_t>();
    }
    for (const Json& key : told.at("keys")) {
        paged.keys.push_back(
            {key.at("name").get<std::string>(), key_type(key.at("type").get<std::string>())});
    }
    return TablePages(client, told.at("export").get<std::uint64_t>(), std::move(paged));
}

TablePages::TablePages(TablePages&& other) noexcept
    : client_(std::exchange(other.client_, nullptr)),
      number_(other.number_),
      table_(std::move(other.table_)),
      page_(std::move(other.page_)),
      from_(std::move(other.from_)),
      rows_(other.rows_),
      ended_(other.ended_) {}

// The server would let go of it by itself, but later.
TablePages::~TablePages() {
    if (client_ != nullptr) {
        static_cast<void>(client_->post("export/close", Json({{"export", number_}}).dump()));
    }
}

Result<std::optional<std::string_view>> TablePages::next() {
    if (ended_) {
        return std::optional<std::string_view>();
    }
    MB_TRY(page_, client_->get(fmt::format("export/rows?export={}&from={}", number_,
                                           percent_encode(from_))));
    const std::size_t end = page_.find('\n');
    const Json head = Json::parse(std::string_view(page_).substr(0, end));
    rows_ += head.at("rows").get<std::uint64_t>();
    ended_ = head.at("next").is_null();
    from_ = ended_ ? "" : head.at("next").get<std::string>();
    return std::optional<std::string_view>(std::string_view(page_).substr(end + 1));
}

void TablePages::rewind() {
    from_.clear();
    rows_ = 0;
    ended_ = false;
}

}  // namespace millbeck::runtime::cli
