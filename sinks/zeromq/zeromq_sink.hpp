// Changes as ZeroMQ messages of the frames [table, key, sequence, record].
//
// PUB:  a lossy live feed. Promise: at most once after handing over: delivered means that the
//       message is ZeroMQ's; a subscriber that is late, slow or away never sees it. The topic is
//       the table.
// PUSH: Promise: at least once, in order per item. A ROUTER here, a DEALER there; five frames: the
//       fifth is a ticket. The subscriber says
//         ["CREDIT", "1000"]        so many unacknowledged messages I take at once; at the start
//                                   and again at least every third of `subscriber_timeout`
//         ["ACK", ticket]           this one and all before it are safe here
//         ["NACK", ticket, words]   I refuse this one: its batch fails, and comes again
//       A batch goes to one subscriber, the one with the most credit left, and is delivered when
//       its last message is acknowledged.
// Source: zmq_socket(3); the pattern is the credit-based flow control of the ZeroMQ guide.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"
#include "sinks/zeromq/zeromq_options.hpp"

namespace millbeck::sinks {

// Binds or connects at once so that subscribers can come; an address that is taken is tried again
// by each delivery. Invalid: an option outside its range, an endpoint or a key that is none.
base::Result<std::unique_ptr<Sink>> open_zeromq(ZeroMqOptions options, const SinkContext& context);

}  // namespace millbeck::sinks
