// Batches as HTTP POSTs: one batch, one request.
//
// Promise: at least once, in order per item. The receiver tells repeats by `Idempotency-Key`, which
//          stays the same for all attempts of a batch.
// Request: a JSON array or NDJSON of records or rows; headers Content-Type, Idempotency-Key,
//          Millbeck-Table, Millbeck-Shard, and with a secret
//          `Millbeck-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>`.
// Answer:  2xx: delivered. 429, and 503 with Retry-After: not invoked, Outcome::retry_after says
//          how long to leave it alone. Everything else: failed; redirects are not followed.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"
#include "sinks/webhook/webhook_options.hpp"

namespace millbeck::sinks {

// Invalid: an option outside its range, no URL, a header that is none, an unreadable secret.
base::Result<std::unique_ptr<Sink>> open_webhook(WebhookOptions options,
                                                 const SinkContext& context);

// What an answer's Retry-After asks for: seconds or an HTTP date, at most an hour; 0: nothing.
// Source: RFC 9110, section 10.2.3.
base::Milliseconds parse_retry_after(const std::string& text, base::WallTime now);

}  // namespace millbeck::sinks
