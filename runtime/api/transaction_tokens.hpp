// Which transactions were made under which ClientRequestToken: a client that did not hear the
// answer asks again, and nothing is done twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

struct TransactionTokenOptions {
    base::Milliseconds kept{600'000};  // after completion; Source: API_TransactWriteItems
    std::size_t tokens_max = 262'144;  // about 150 bytes each; beyond, the oldest are forgotten
};

enum class TokenState : std::uint8_t {
    New,         // begun now: the caller makes the transaction and then calls end()
    InProgress,  // somebody else is making it
    Done,        // made already
    Mismatch,    // the token came with other content before
};

// In memory: what was completed before a restart is not known after it.
// Invariants: at most tokens_max completed tokens; one in progress is forgotten by end() only.
// Threads:    any.
class TransactionTokens {
  public:
    // The clock must outlive this.
    explicit TransactionTokens(const base::Clock& clock,
                               const TransactionTokenOptions& options = {})
        : clock_(clock), options_(options) {}

    TokenState begin(const TransactionToken& token);

    // After New. A transaction that failed changed nothing, and its token may be used again.
    enum class Outcome : std::uint8_t { Completed, Failed };
    void end(const TransactionToken& token, Outcome outcome);

  private:
    using Hash = TransactionToken::Hash;
    struct HashOfHash {
        std::size_t operator()(const Hash& hash) const { return hash[0]; }
    };
    struct Entry {
        Hash content{};
        bool completed = false;
    };
    struct Completed {
        Hash token{};
        base::Instant at;
    };

    void forget_old(base::Instant now) MB_REQUIRES(mutex_);

    const base::Clock& clock_;
    const TransactionTokenOptions options_;
    base::Mutex mutex_;
    std::unordered_map<Hash, Entry, HashOfHash> entries_ MB_GUARDED_BY(mutex_);
    std::deque<Completed> completed_ MB_GUARDED_BY(mutex_);  // the oldest first
};

}  // namespace millbeck::runtime
