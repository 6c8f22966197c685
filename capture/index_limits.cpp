#include "capture/index_limits.hpp"

#include <string>

namespace millbeck::capture {
namespace {

tl::unexpected<base::Error> too_many(const std::string& what, std::size_t most) {
    return base::fail(base::Code::Invalid,
                      "One or more parameter values were invalid: " + what + std::to_string(most));
}

}  // namespace

base::Status check_index_limits(std::span<const IndexSpec> indexes) {
    std::size_t local = 0;
    std::size_t projected = 0;
    for (const IndexSpec& index : indexes) {
        local += index.kind == IndexKind::Local ? 1 : 0;
        projected += index.included.size();
    }
    if (local > kLocalIndexesMax) {
        return too_many("Number of LocalSecondaryIndexes exceeds per-table limit of ",
                        kLocalIndexesMax);
    }
    if (indexes.size() - local > kGlobalIndexesMax) {
        return too_many("GlobalSecondaryIndex count exceeds the per-table limit of ",
                        kGlobalIndexesMax);
    }
    if (projected > kProjectedAttributesMax) {
        return too_many(
            "Number of NonKeyAttributes over all indexes exceeds the per-table limit of ",
            kProjectedAttributesMax);
    }
    return {};
}

}  // namespace millbeck::capture
