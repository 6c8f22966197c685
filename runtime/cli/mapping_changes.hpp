// Event source mappings made, changed and removed by a client, over Lambda's API.
#pragma once

#include <string>

#include "base/result.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/mapping_request.hpp"

namespace millbeck::runtime::cli {

// Each returns the service's answer, the mapping as JSON.
// Errors: Invalid: a setting, before anybody is asked; the service's words; the client's.

// Of the newest stream of the table that `settings` name, from its oldest change on unless they say
// otherwise. Requires: `table` and `function` among them.
base::Result<std::string> add_mapping(Client& client, const WrittenSettings& settings);

base::Result<std::string> update_mapping(Client& client, const std::string& uuid,
                                         const WrittenSettings& settings);

base::Result<std::string> remove_mapping(Client& client, const std::string& uuid);

}  // namespace millbeck::runtime::cli
