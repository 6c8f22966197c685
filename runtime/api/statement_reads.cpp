#include "runtime/api/statement_reads.hpp"

#include <algorithm>
#include <utility>

#include "runtime/api/capacity.hpp"
#include "runtime/api/json_writer.hpp"
#include "runtime/api/next_token.hpp"
#include "runtime/api/projected_item.hpp"
#include "runtime/api/statement_writes.hpp"

namespace millbeck::runtime {
namespace {

namespace partiql = capture::expression::partiql;
using base::Code;
using base::Status;

tl::unexpected<base::Error> refuse(std::string message) {
    return base::fail(Code::Invalid, std::move(message));
}

base::Result<capture::TableDescription> find_table(const capture::TableStore& store,
                                                   const shardlog::TableName& name) {
    auto table = store.describe_table(name);
    if (!table && table.error().code == Code::NotFound) {
        return base::fail(Code::NotFound, "Requested resource not found");
    }
    return table;
}

bool holds(const capture::TableDescription& table, const capture::IndexSpec& index,
           const std::string& attribute) {
    return index.projection == capture::IndexProjection::All || table.spec.keys.has(attribute) ||
           index.keys.has(attribute) ||
           std::ranges::find(index.included, attribute) != index.included.end();
}

// Reads the ranges of one statement from where its token points to.
class Reader {
  public:
    Reader(const capture::TableStore& store, const ExecuteStatementRequest& request)
        : store_(store), request_(request), statement_(request.call.statement) {}

    base::Result<std::string> read() {
        MB_TRY(table_, find_table(store_, statement_.table()));
        MB_TRY_STATUS(find_index());
        const capture::KeySchema& keys = index_ ? index_->keys : table_.spec.keys;
        MB_TRY(selection_, statement_.selection(keys));
        MB_TRY(projection_, statement_.projection());
        MB_TRY_STATUS(check_paths(keys));
        MB_TRY_STATUS(check_filter());
        if (request_.next_token) {
            MB_TRY(position_, read_next_token(request_.fingerprint, *request_.next_token));
        }
        const std::size_t ranges = selection_.ranges ? selection_.ranges->size() : 1;
        for (bool more = position_.range < ranges; more;) {
            MB_TRY_STATUS(read_range());
            more = last_key_.empty() && ++position_.range < ranges && !full();
        }
        return answer(position_.range < ranges);
    }

  private:
    Status find_index() {
        if (!statement_.index()) {
            return {};
        }
        for (const capture::IndexDescription& index : table_.indexes) {
            if (index.spec.name == *statement_.index()) {
                index_ = index.spec;
            }
        }
        if (!index_) {
            return refuse("The table does not have the specified index");
        }
        MB_TRY_STATUS(check_single_attributes(index_->keys));
        if (request_.call.consistent && index_->kind == capture::IndexKind::Global) {
            return refuse("Strongly consistent read is not supported on Global Secondary Indexes");
        }
        return {};
    }

    [[nodiscard]] Status check_paths(const capture::KeySchema& keys) const {
        if (selection_.filter) {
            MB_TRY_STATUS(selection_.filter->check_key_paths(keys));
        }
        return projection_ ? projection_->check_key_paths(keys) : Status{};
    }

    // An index that is asked by its key must hold what the filter looks at.
    [[nodiscard]] Status check_filter() const {
        std::string missing;
        for (const std::string& attribute : selection_.filter_attributes) {
            if (index_ && !holds(table_, *index_, attribute)) {
                missing.append(missing.empty() ? "" : ", ").append(attribute);
            }
        }
        return missing.empty()
                   ? Status{}
                   : refuse("One or more parameter values were invalid: Secondary index " +
                            index_->name + " does not project one or more filter attributes: [" +
                            missing + "]");
    }

    [[nodiscard]] bool full() const {
        return scanned_ >= request_.limit || bytes_ >= capture::kPageBytesMax;
    }
    [[nodiscard]] capture::Consistency consistency() const {
        return request_.call.consistent ? Consistency::Strong : Consistency::Eventual;
    }

    Status read_range() {
        const partiql::KeyRange* range =
            selection_.ranges ? &(*selection_.ranges)[position_.range] : nullptr;
        if (range != nullptr && range->key && !index_) {
            return read_item(*range->key);
        }
        return read_page(range);
    }

    Status read_item(const shardlog::Item& key) {
        MB_TRY(const auto item, store_.get_item(statement_.table(), key));
        ++scanned_;
        bytes_ += item.size_bytes;
        units_ += {.table = read_units(item.size_bytes, consistency())};
        if (item.present() && (!selection_.filter || selection_.filter->matches(item.text))) {
            items_.append(items_.empty() ? "" : ",");
            append_item(items_, item, projection_);
        }
        return {};
    }

    Status read_page(const partiql::KeyRange* range) {
        capture::PageRequest page;
        page.table = statement_.table();
        page.index = statement_.index();
        page.consistency = consistency();
        if (range != nullptr) {
            page.terms = range->terms;
        }
        page.order = selection_.descending ? capture::Order::Descending : capture::Order::Ascending;
        page.start_after = std::exchange(position_.start_after, std::nullopt);
        page.filter = selection_.filter;
        page.keys_in_filter = capture::KeysInFilter::Allowed;
        page.projection = projection_;
        page.limit = request_.limit - scanned_;
        MB_TRY(const auto read, store_.read_page(page));
        scanned_ += read.scanned_count;
        bytes_ += read.evaluated_bytes;
        units_ += page_units(read, consistency(), index_ ? &*index_ : nullptr);
        items_.append(items_.empty() || read.items.empty() ? "" : ",").append(read.items);
        last_key_ = read.last_key.value_or("");
        return {};
    }

    [[nodiscard]] std::string answer(bool more) const {
        std::string body = R"({"Items":[)";
        body.append(items_).append("]");
        if (more) {
            body += R"(,"NextToken":")";
            body += make_next_token(request_.fingerprint, position_.range, last_key_);
            body += '"';
        }
        if (!last_key_.empty()) {
            body.append(R"(,"LastEvaluatedKey":)").append(last_key_);
        }
        if (request_.capacity != ReturnCapacity::None) {
            const std::string& table = statement_.table().value();
            body.append(R"(,"ConsumedCapacity":)")
                .append(capacity_json(request_.capacity, table, units_));
        }
        return body += '}';
    }

    const capture::TableStore& store_;
    const ExecuteStatementRequest& request_;
    const partiql::Statement& statement_;
    capture::TableDescription table_;
    std::optional<capture::IndexSpec> index_;
    partiql::Selection selection_;
    std::optional<capture::expression::Projection> projection_;
    ReadPosition position_;
    std::string items_;
    std::string last_key_;
    std::size_t scanned_ = 0;
    std::size_t bytes_ = 0;
    Units units_;
};

}  // namespace

base::Result<std::string> read_statement(const capture::TableStore& store,
                                         const ExecuteStatementRequest& request) {
    return Reader(store, request).read();
}

}  // namespace millbeck::runtime
