// From statements to the writes of the store.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/item_keys.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// The write an INSERT, UPDATE, DELETE or EXISTS asks for. Requires: it is none of the others.
// Errors: NotFound; Invalid, with the service's text.
base::Result<capture::Write> make_write(TableKeys& tables, const StatementCall& call);

// Invalid: the index has several HASH or several RANGE attributes, which no statement may read.
base::Status check_single_attributes(const capture::KeySchema& index);

// The one item a SELECT of a batch or a transaction reads. `call`: "BatchExecuteStatement", ...
// Errors: NotFound; Invalid, with the service's text.
struct SingleRead {
    capture::ItemAddress item;
    std::optional<capture::expression::Projection> projection;
};
base::Result<SingleRead> make_single_read(TableKeys& tables, const StatementCall& call,
                                          const std::string& of);

}  // namespace millbeck::runtime
