// Items of a table as entries of Memcached: set on INSERT and MODIFY, deleted on REMOVE.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/memcached/memcached_options.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"

namespace millbeck::sinks {

// Promises: at least once, in order per item. Delivered means that each server has acknowledged
//           each entry, in its memory. No position and no version is kept there, so
//           - an entry goes back to an older value only while a batch is repeated (after a crash or
//             a failed batch, until the repetition has caught up), or when a server that stood
//             still takes what a cut-off connection had sent after what came later;
//           - an entry that a server does not hold any more (eviction, restart) is a miss until its
//             item changes again; a server that is cut off from us, but not from its readers, keeps
//             what it had;
//           - a copy that starts anew does not remove entries of items that are gone meanwhile: set
//             expire_after, or flush.
//           An entry that a server does not take (too large) is deleted, counted and logged once: a
//           miss is not a lie.
// Doors:    none. Memcached cannot be enumerated, so there is no copy to be read back.
// Errors:   Invalid, when an option or a template is no good. Servers are not asked: one that is
//           down makes deliver() answer Failed with Unavailable.
base::Result<std::unique_ptr<Sink>> open_memcached(MemcachedOptions options,
                                                   const SinkContext& context);

}  // namespace millbeck::sinks
