#include "runtime/api/transaction_tokens.hpp"

namespace millbeck::runtime {

TokenState TransactionTokens::begin(const TransactionToken& token) {
    const base::MutexLock lock(mutex_);
    forget_old(clock_.instant());
    const auto [found, inserted] = entries_.try_emplace(token.token, Entry{token.content, false});
    if (inserted) {
        return TokenState::New;
    }
    if (found->second.content != token.content) {
        return TokenState::Mismatch;
    }
    return found->second.completed ? TokenState::Done : TokenState::InProgress;
}

void TransactionTokens::end(const TransactionToken& token, Outcome outcome) {
    const base::MutexLock lock(mutex_);
    if (outcome == Outcome::Failed) {
        entries_.erase(token.token);
        return;
    }
    const base::Instant now = clock_.instant();
    entries_[token.token].completed = true;
    completed_.push_back({token.token, now});
    forget_old(now);
}

void TransactionTokens::forget_old(base::Instant now) {
    while (!completed_.empty() && (completed_.size() > options_.tokens_max ||
                                   now - completed_.front().at >= options_.kept)) {
        entries_.erase(completed_.front().token);
        completed_.pop_front();
    }
}

}  // namespace millbeck::runtime
