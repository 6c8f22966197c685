// What the admin routes say of the log: what it costs, its pins, its check.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/log_admin.hpp"

namespace millbeck::runtime {

// A JSON object and a newline. They wait for a disk.
//   GET  log/stats            bytes, positions, times, growth, who holds what is past retention
//   POST log/compact          see ShardLog::compact(): stats
//   POST log/verify           begins a check; InUse: one runs
//   POST log/verify/cancel    ends it
//   GET  pins                 {"pins":[{"name","from","made","reason","is_whole"}]}
//   POST pins/add             {"name":N,"from":"start|now|SEQUENCE|2h|TIME","reason":R}: pins
//   POST pins/remove          {"name":N}: pins
// Errors: NotFound (another route), those of LogAdmin.
base::Result<std::string> answer_log(const std::string& route, std::string_view body,
                                     shardlog::ShardLog& log, const base::Clock& clock,
                                     LogAdmin& admin);

// The answer to `GET log/verify`: {"state":"none|running|ended","damaged":N,"damage":[...],...}
std::string checkup_json(const LogCheckupStatus& status);

// Of this `METHOD path`.
bool is_log_route(std::string_view route);

}  // namespace millbeck::runtime
