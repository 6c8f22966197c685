// How the admin routes say things: the JSON of a node, its tables, triggers and shards.
#pragma once

#include <string>
#include <string_view>

#include "base/http_server.hpp"
#include "base/result.hpp"
#include "runtime/api/api.hpp"

namespace millbeck::runtime {

// All end in a newline. Positions are texts: they are wider than a JSON number can be trusted to
// be.
std::string status_json(const ApiContext& context);
std::string tables_json(const ApiContext& context);
std::string triggers_json(const ApiContext& context);
std::string sinks_json(const ApiContext& context);
std::string shards_json(const ApiContext& context, const shardlog::Stream& stream);
std::string drained_json(bool drained);

base::HttpResponse json_reply(std::string body);
// {"error":{"code":..,"message":..}} with the status of the code.
base::HttpResponse error_reply(const base::Error& error);

}  // namespace millbeck::runtime
