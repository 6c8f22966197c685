#include "sinks/sql/session.hpp"

#include <fmt/format.h>

namespace millbeck::sinks::sql {

using base::Code;

tl::unexpected<base::Error> fail_owned(const std::string& table, const std::string& other_sink) {
    return base::fail(Code::Invalid,
                      fmt::format("the table \"{}\" is kept by the sink {}: give `into` another "
                                  "name",
                                  table, other_sink));
}

}  // namespace millbeck::sinks::sql
