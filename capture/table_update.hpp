// What UpdateTable may change, as pure decisions with the service's messages.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "capture/table_store.hpp"

namespace millbeck::capture {

// Applies billing, capacity, encryption, protection, class and tags to `spec`; leaves the stream
// alone. Invalid, with `spec` undefined, when mode and units do not go together or what is asked
// for is there already. Source: API_UpdateTable.
base::Status apply_settings(TableSpec& spec, const TableUpdate& update);

// Sets and removes tags, and keeps them in byte order of their keys. Invalid, with `tags`
// undefined, when there would be more than kTagsMax. Source: API_TagResource, API_UntagResource.
base::Status apply_tags(std::vector<Tag>& tags, const TableUpdate& update);

// Enabling needs a table without a stream, disabling one with it: a view type is never changed in
// place. Source: API_UpdateTable, StreamSpecification; the service answers ValidationException.
base::Status check_stream_change(const TableSpec& spec, const TableUpdate& update);

}  // namespace millbeck::capture
