// What one writer knows: what was acknowledged, what was under way when the server died, and so
// what every key must hold. The oracle of the kill rounds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace millbeck::tests {

// The server broke a promise; the text says which.
struct BrokenPromise : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A key's value; absent: there is no item.
using Value = std::optional<std::uint64_t>;

// A put of a value or, without one, a delete.
struct Operation {
    std::string key;
    Value value;
};

// A record that the stream must carry: INSERT, MODIFY or REMOVE, and the value (none for REMOVE).
struct Change {
    std::string event;
    Value value;
    friend bool operator==(const Change&, const Change&) = default;
};

// Threads: one; each writer has its own keys and its own ledger.
class Ledger {
  public:
    // Sent, unanswered. Requires: nothing pending; each key at most once.
    void begin(std::vector<Operation> operations) { pending_ = std::move(operations); }

    // The answer came: all of it is a fact.
    void acknowledged() {
        for (const Operation& operation : pending_) {
            apply(operation);
        }
        acknowledged_ += pending_.size();
        pending_.clear();
    }

    // Refused or unanswered, and the server is to say by its state what became of it: `found` has
    // every key of this ledger that has an item. Throws BrokenPromise.
    void resolve(const std::map<std::string, Value>& found) {
        const auto held = [&](const std::string& key) {
            const auto at = found.find(key);
            return at == found.end() ? Value{} : at->second;
        };
        for (const Operation& operation : pending_) {
            // Each item of a batch is on its own.
            if (held(operation.key) == operation.value) {
                apply(operation);
            }
        }
        pending_.clear();
        for (const auto& [key, value] : state_) {
            if (held(key) != value) {
                throw BrokenPromise("key " + key + " holds " + text(held(key)) +
                                    ", acknowledged was " + text(value));
            }
        }
        for (const auto& [key, value] : found) {
            if (!state_.contains(key)) {
                throw BrokenPromise("key " + key + " holds " + text(value) + ", never written");
            }
        }
    }

    [[nodiscard]] const std::map<std::string, Value>& state() const { return state_; }
    [[nodiscard]] const std::map<std::string, std::vector<Change>>& history() const {
        return history_;
    }
    [[nodiscard]] std::uint64_t acknowledged_count() const { return acknowledged_; }

    static std::string text(Value value) {
        return value ? std::to_string(*value) : std::string("nothing");
    }

  private:
    void apply(const Operation& operation) {
        Value& now = state_[operation.key];
        if (now == operation.value) {
            return;  // changes nothing: no record
        }
        const char* event = !operation.value ? "REMOVE" : now ? "MODIFY" : "INSERT";
        history_[operation.key].push_back({event, operation.value});
        now = operation.value;
    }

    std::vector<Operation> pending_;
    std::map<std::string, Value> state_;
    std::map<std::string, std::vector<Change>> history_;
    std::uint64_t acknowledged_ = 0;
};

}  // namespace millbeck::tests
