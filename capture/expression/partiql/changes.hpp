// SET and REMOVE of a statement as an update. Internal to this folder.
#pragma once

#include "base/result.hpp"
#include "capture/expression/partiql/values.hpp"
#include "capture/expression/update.hpp"

namespace millbeck::capture::expression::partiql {

// Errors: Invalid, with the service's texts.
base::Result<Update> update_of(const Source& source);

}  // namespace millbeck::capture::expression::partiql
