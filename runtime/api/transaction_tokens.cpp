#include "runtime/api/transaction_tokens.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace millbeck::runtime {
namespace {

using Hash = TransactionToken::Hash;

constexpr std::size_t kHexDigits = 16;  // of each half of a hash

// A row as it is read back.
struct Row {
    std::uint64_t number = 0;
    std::uint64_t at_ms = 0;  // wall time
    Hash token{};
    Hash content{};
};

std::string hex(const Hash& hash) {
    return fmt::format("{:016x}{:016x}", hash[0], hash[1]);
}

bool parse(std::string_view text, int base, std::uint64_t& value) {
    const char* end = text.data() + text.size();
    return std::from_chars(text.data(), end, value, base).ptr == end && !text.empty();
}

bool parse_hash(std::string_view text, Hash& hash) {
    return text.size() == 2 * kHexDigits && parse(text.substr(0, kHexDigits), 16, hash[0]) &&
           parse(text.substr(kHexDigits), 16, hash[1]);
}

base::Result<Row> parse_row(std::string_view text) {
    MB_TRY(const shardlog::Item item, shardlog::parse_item(text));
    const auto content = [&](std::string_view name) {
        const auto* found = item.find(name);
        return found == nullptr ? std::string()
                                : shardlog::scalar_content(item.value_text(*found), found->type);
    };
    Row row;
    if (!parse(content("number"), 10, row.number) || !parse(content("at"), 10, row.at_ms) ||
        !parse_hash(content("token"), row.token) || !parse_hash(content("content"), row.content)) {
        return base::fail(base::Code::Corrupt, "a stored transaction token cannot be read");
    }
    return row;
}

}  // namespace

base::Status TransactionTokens::load(const capture::TableStore& store) {
    std::vector<Row> rows;
    MB_TRY_STATUS(store.for_each_item(shardlog::TableName{std::string(capture::kTokenTable)},
                                      [&](std::string_view text) -> base::Status {
                                          auto row = parse_row(text);
                                          if (!row) {
                                              return tl::unexpected(row.error());
                                          }
                                          rows.push_back(*row);
                                          return {};
                                      }));
    std::ranges::sort(rows, {}, &Row::number);
    const base::MutexLock lock(mutex_);
    const std::int64_t wall_ms = base::to_millis(clock_.wall());
    const base::Instant now = clock_.instant();
    for (const Row& row : rows) {
        next_row_ = row.number + 1;
        // A wall clock that was set back makes a token younger, never older than it is.
        const base::Milliseconds age{
            std::max<std::int64_t>(wall_ms - static_cast<std::int64_t>(row.at_ms), 0)};
        if (age < options_.kept &&
            entries_.try_emplace(row.token, Entry{row.content, true}).second) {
            completed_.push_back({row.token, now - age});
        }
    }
    return {};
}

capture::PutWrite TransactionTokens::row(const TransactionToken& token) {
    std::uint64_t number = 0;
    {
        const base::MutexLock lock(mutex_);
        number = next_row_++;
    }
    auto item = shardlog::parse_item(fmt::format(
        R"({{"at":{{"N":"{}"}},"content":{{"S":"{}"}},"number":{{"N":"{}"}},"{}":{{"N":"{}"}},)"
        R"("token":{{"S":"{}"}}}})",
        base::to_millis(clock_.wall()), hex(token.content), number, capture::kTokenKey,
        number % options_.tokens_max, hex(token.token)));
    MB_CHECK(item.has_value(), "the row of a token is an item");
    return {.table = shardlog::TableName{std::string(capture::kTokenTable)},
            .item = std::move(*item)};
}

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
