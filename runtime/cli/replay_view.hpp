// What people see of a replay that has ended.
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace millbeck::runtime::cli {

// What became of it, in a few lines; `status` as replay_answers.hpp has it.
std::string replay_summary(const nlohmann::json& status);

// The first `most` batches that two functions answered differently.
std::string differences_text(const nlohmann::json& answer, std::size_t most);

}  // namespace millbeck::runtime::cli
