#include "capture/page_reader.hpp"

#include <utility>

#include "capture/row_key.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::ItemView;

// A page while it grows.
class PageBuilder {
  public:
    explicit PageBuilder(const PageRequest& request) : request_(request) {}

    // `entry` is what was read, `whole` what was fetched for it, if anything was. Stop: the page
    // ends with this item.
    Visit add(const ItemView& entry, const ItemView& whole) {
        const ItemView& item = whole.present() ? whole : entry;
        ++page_.scanned_count;
        page_.evaluated_bytes += entry.size_bytes;
        page_.fetched_units += (whole.size_bytes + kReadUnitBytes - 1) / kReadUnitBytes;
        looked_at_bytes_ += item.size_bytes;
        if (!request_.filter || request_.filter->matches(item.text)) {
            show(item);
        }
        const bool full =
            page_.scanned_count >= request_.limit || looked_at_bytes_ >= kPageBytesMax;
        return full ? Visit::Stop : Visit::Continue;
    }

    [[nodiscard]] Page& page() { return page_; }

  private:
    void show(const ItemView& item) {
        ++page_.count;
        if (request_.select == Select::Count) {
            return;
        }
        if (!page_.items.empty()) {
            page_.items.push_back(',');
        }
        if (request_.projection) {
            request_.projection->append(page_.items, item.text);
        } else {
            page_.items.append(item.text);
        }
    }

    const PageRequest& request_;
    Page page_;
    std::size_t looked_at_bytes_ = 0;
};

// A Query evaluates its filter on what the index holds. Observed from DynamoDB Local; a Scan's
// filter finds such attributes missing.
Status check_filter_projected(const IndexPlan& index, const expression::Condition& filter) {
    std::string missing;
    for (const std::string_view name : filter.attributes()) {
        if (!index.holds(name)) {
            missing.append(missing.empty() ? "" : ", ").append(name);
        }
    }
    return missing.empty()
               ? Status{}
               : fail(Code::Invalid,
                      "One or more parameter values were invalid: Secondary index " + index.name() +
                          " does not project one or more filter attributes: [" + missing + "]");
}

Status check_paths(const TableEntry& table, const KeySpace& space, const PageRequest& request) {
    const KeySchema& keys = table.description.spec.keys;
    if (request.filter) {
        MB_TRY_STATUS(request.filter->check_key_paths(keys, table.index_keys));
        if (request.terms && request.keys_in_filter == KeysInFilter::Refused) {
            MB_TRY_STATUS(request.filter->check_filter_keys(space.keys()));
            if (space.index() != nullptr) {
                MB_TRY_STATUS(check_filter_projected(*space.index(), *request.filter));
            }
        }
    }
    return request.projection ? request.projection->check_key_paths(keys, table.index_keys)
                              : Status{};
}

Status check_consistency(const IndexPlan* index, const PageRequest& request) {
    const bool global = index != nullptr && index->kind() == IndexKind::Global;
    return global && request.consistency == Consistency::Strong
               ? fail(Code::Invalid,
                      "Consistent reads are not supported on global secondary indexes")
               : Status{};
}

// What the index does not hold of what is asked for: fetched from the table if it is a local one.
// Source: Developer guide, "Attribute projections"; API_Query, Select.
Result<bool> must_fetch(const IndexPlan* index, const PageRequest& request) {
    if (index == nullptr) {
        return false;
    }
    const bool global = index->kind() == IndexKind::Global;
    if (request.select == Select::All && !index->holds_all()) {
        if (global) {
            return fail(Code::Invalid,
                        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is "
                        "not supported for global secondary index " +
                            index->name() + " because its projection type is not ALL");
        }
        return true;
    }
    std::string missing;
    if (request.projection) {
        for (const std::string_view name : request.projection->attributes()) {
            if (!index->holds(name)) {
                missing.append(missing.empty() ? "" : ", ").append(name);
            }
        }
    }
    if (global && !missing.empty()) {
        return fail(Code::Invalid,
                    "One or more parameter values were invalid: Global secondary index " +
                        index->name() + " does not project [" + missing + "]");
    }
    return !missing.empty();
}

// The item an entry of an index stands for. Absent: it has changed since the entry was read.
Result<StoredItem> whole_item(const TableEntry& table, const ItemStore& items,
                              const ItemView& entry) {
    const KeySchema& keys = table.description.spec.keys;
    MB_TRY(const shardlog::Item parsed, shardlog::parse_item(entry.text));
    std::string key;
    append_table_prefix(key, table.description.id);
    append_row_key(key, keys, parsed);
    return items.get(key);
}

}  // namespace

Result<Page> read_page(const TableEntry& table, const ItemStore& items,
                       const PageRequest& request) {
    MB_TRY(const KeySpace space, KeySpace::find(table, request.index));
    MB_TRY_STATUS(check_consistency(space.index(), request));
    MB_TRY(const ItemRange range, page_range(space, request));
    MB_TRY(const bool fetch, must_fetch(space.index(), request));
    MB_TRY_STATUS(check_paths(table, space, request));
    PageBuilder builder(request);
    if (range.begin >= range.end) {
        return std::move(builder.page());
    }
    MB_TRY_STATUS(items.visit(range, [&](std::string_view, const ItemView& entry) -> Result<Visit> {
        StoredItem whole;
        if (fetch) {
            MB_TRY(whole, whole_item(table, items, entry));
        }
        const Visit next = builder.add(entry, whole.view());
        if (next == Visit::Stop) {
            builder.page().last_key = space.keys_of(entry.text);
        }
        return next;
    }));
    return std::move(builder.page());
}

}  // namespace millbeck::capture
