// Text in columns as wide as their widest cell.
#pragma once

#include <string>
#include <vector>

namespace millbeck::runtime::cli {

// The first row is the heading. Rows are as long as the heading; two blanks between columns, none
// at the end of a line.
std::string columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace millbeck::runtime::cli
