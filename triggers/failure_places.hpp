// Destinations outside of the node: a folder, an HTTP endpoint.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "triggers/finished_call.hpp"

namespace millbeck::triggers {

// A file for each batch, written whole or not at all, with the service's document and the event as
// its payload: `<folder>/aws/lambda/<trigger id>/<shard>/YYYY/MM/DD/<time>-<random>`, as the
// service names objects in a bucket; for a call `aws/lambda/async/<function>/...`. `files` and
// `random` outlive it. Source: Lambda Developer Guide, "Retaining discarded batches" and
// "Capturing records of Lambda asynchronous invocations".
std::unique_ptr<Destination> open_failure_folder(base::FileSystem& files, base::Random& random,
                                                 shardlog::Identity identity, base::Path folder);

// A POST for each with the same document, as application/json. It is taken if the answer's status
// is 200 to 299. Waits 10 s at most. Invalid: not an http:// URL.
base::Result<std::unique_ptr<Destination>> open_failure_url(shardlog::Identity identity,
                                                            std::string_view url);

}  // namespace millbeck::triggers
