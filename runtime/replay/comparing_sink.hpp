// Two functions over the same batches: what each answers, and where they differ.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "sinks/sink.hpp"

namespace millbeck::runtime {

// Kept of a reply.
inline constexpr std::size_t kComparedReplyBytesMax{16'384};

// A batch that two functions answered differently.
struct ReplayDifference {
    std::string first;  // sequence numbers of its records
    std::string last;
    std::size_t records = 0;
    std::string what;  // "outcome", "error", "failed records" or "reply"
    // Of a reply: JSON pointers to what is not the same, ten at most; empty where it is no JSON.
    std::vector<std::string> paths;
    sinks::Outcome before;  // replies are cut to kComparedReplyBytesMax
    sinks::Outcome after;
};

// nullopt: the same. Replies are compared as JSON (the order of members does not count), or as text
// where one is none.
std::optional<ReplayDifference> difference_of(const sinks::Batch& batch,
                                              const sinks::Outcome& before,
                                              const sinks::Outcome& after);
std::string to_json(const ReplayDifference& difference);

// Invariants: both get every batch once, the old function first, unless one could not be asked, or
//             the difference could not be kept: then both get it again. Whatever they answer, the
//             batch is Delivered.
// Threads:    as of a sink.
class ComparingSink final : public sinks::Sink {
  public:
    // `keep` is told every difference. With `reports_items`, replies may name the records that
    // failed.
    ComparingSink(std::shared_ptr<sinks::Sink> before, std::shared_ptr<sinks::Sink> after,
                  bool reports_items, std::function<base::Status(const ReplayDifference&)> keep)
        : before_(std::move(before)),
          after_(std::move(after)),
          reports_items_(reports_items),
          keep_(std::move(keep)) {}

    sinks::Outcome deliver(const sinks::Batch& batch, base::Instant deadline) override;
    [[nodiscard]] unsigned concurrency() const override;
    void stop(base::Instant deadline) override;

    [[nodiscard]] std::uint64_t same() const { return same_; }
    [[nodiscard]] std::uint64_t different() const { return different_; }

  private:
    [[nodiscard]] sinks::Outcome ask(sinks::Sink& sink, const sinks::Batch& batch,
                                     base::Instant deadline) const;

    const std::shared_ptr<sinks::Sink> before_;
    const std::shared_ptr<sinks::Sink> after_;
    const bool reports_items_;
    const std::function<base::Status(const ReplayDifference&)> keep_;
    std::atomic<std::uint64_t> same_{0};
    std::atomic<std::uint64_t> different_{0};
};

}  // namespace millbeck::runtime
