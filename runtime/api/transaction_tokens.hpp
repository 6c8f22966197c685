// Which transactions were made already: ClientRequestToken.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

struct TransactionTokenOptions {
    base::Milliseconds kept{600'000};  // after completion; Source: API_TransactWriteItems
    // About 150 bytes of memory each, and as much on disk; beyond, the oldest are forgotten.
    std::size_t tokens_max = 262'144;
};

enum class TokenState : std::uint8_t {
    New,         // begun now: the caller makes the transaction and then calls end()
    InProgress,  // somebody else is making it
    Done,        // made already
    Mismatch,    // the token came with other content before
};

// Answers from memory. Each transaction carries its token as a row of kTokenTable, so a token is
// durable exactly if what it stands for is; load() reads them after a restart. Rows are a ring of
// tokens_max: each is written over by a later token, and none is ever deleted.
// Invariants: at most tokens_max completed tokens; one in progress is forgotten by end() only.
// Threads:    load() before all else; the others by any.
class TransactionTokens {
  public:
    // The clock must outlive this.
    explicit TransactionTokens(const base::Clock& clock,
                               const TransactionTokenOptions& options = {})
        : clock_(clock), options_(options) {}

    // Takes what was completed before. Errors: those of the store.
    base::Status load(const capture::TableStore& store);

    TokenState begin(const TransactionToken& token);

    // After New: the row that belongs into the token's transaction.
    capture::PutWrite row(const TransactionToken& token);

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
    std::uint64_t next_row_ MB_GUARDED_BY(mutex_) = 0;       // counts all rows ever written
};

}  // namespace millbeck::runtime
