#include "runtime/api/projected_item.hpp"

namespace millbeck::runtime {

void append_item(std::string& out, const capture::StoredItem& item,
                 const std::optional<capture::expression::Projection>& projection) {
    if (projection) {
        projection->append(out, item.text);
    } else {
        out += item.text;
    }
}

base::Status check_projection(const capture::TableStore& store, const shardlog::TableName& table,
                              const std::optional<capture::expression::Projection>& projection) {
    if (!projection) {
        return {};
    }
    MB_TRY(const auto keys, store.keys_of(table));
    return projection->check_key_paths(*keys.table, keys.indexes);
}

}  // namespace millbeck::runtime
