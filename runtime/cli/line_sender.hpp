// Sends lines of an import to a server in batches, one on its way while the next is gathered.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "runtime/cli/client.hpp"

namespace millbeck::runtime::cli {

// Batches go one after the other, so of two lines of one item the later wins.
// Threads: one; has a second one of its own for the batch on its way.
class LineSender {
  public:
    static constexpr std::size_t kBatchBytes = 1U << 20U;
    static constexpr std::size_t kBatchLines = 5'000;

    // `wrong` is told of each line that was not written and why, on the caller's thread. Borrows
    // the client.
    LineSender(Client& client, const std::string& table,
               std::function<void(std::uint64_t line, const std::string& message)> wrong);

    // `line`: the item's JSON, not empty, without a newline; `number`: where it stands in its file.
    // Errors: those of the client, also of an earlier batch.
    base::Status add(std::string_view line, std::uint64_t number);
    // All lines so far are on the server, or known to be wrong.
    base::Status flush();

    [[nodiscard]] std::uint64_t written() const { return written_; }

  private:
    struct Batch {
        std::string body;
        std::vector<std::uint64_t> numbers;
    };

    base::Status send();
    base::Status take_answer();

    Client& client_;
    const std::string path_;
    const std::function<void(std::uint64_t, const std::string&)> wrong_;
    Batch batch_;
    Batch sent_;
    std::future<base::Result<std::string>> answer_;  // to `sent_`
    std::uint64_t written_ = 0;
};

}  // namespace millbeck::runtime::cli
