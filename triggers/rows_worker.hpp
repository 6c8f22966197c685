// What a worker does before it reads changes, where the target keeps a copy: the rows of its shard.
// Internal to it.
#pragma once

#include <optional>
#include <string>

#include "triggers/worker_core.hpp"

namespace millbeck::triggers {

// Threads: a strand, as the worker.
class RowsWorker : public WorkerCore {
  public:
    using WorkerCore::WorkerCore;

  protected:
    // nullopt: rows and progress are as they should be, look again. Requires: there is a copier.
    std::optional<NextMove> copy_rows();

    // Of a batch of rows. They are tried until the target takes them: without them it has no copy.
    sinks::Outcome settle_rows(sinks::Outcome outcome);

    // Nothing is delivered any more; the worker waits to be replaced.
    void lose_copy(const std::string& reason);

    [[nodiscard]] static std::string reason_of(const sinks::Outcome& outcome);

  private:
    void keep_rows();
    void rows_failed(const std::string& reason);
};

}  // namespace millbeck::triggers
