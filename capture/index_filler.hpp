// Fills an index made on a table that has items: a little between any two groups of the committer,
// so that writers go on; then the tables are flushed; then the index is ACTIVE.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/item_store.hpp"

namespace millbeck::capture {

// Writes keep an index up to date from its making on, so filling only adds what is missing, and may
// start anew after a crash. One index at a time.
// Invariants: an index is ACTIVE only when all its entries are on disk.
// Threads:    step() by the committer; wants_flush() and flushed() by the thread that flushes.
class IndexFiller {
  public:
    // Borrows both.
    IndexFiller(Catalogue& catalogue, ItemStore& items) : catalogue_(catalogue), items_(items) {}

    // Does a part of the work. True: there is more to do now. Errors: those of the store; the part
    // is done again by the next step.
    base::Result<bool> step();

    [[nodiscard]] bool wants_flush() const { return phase_ == Phase::Filled; }
    // What was applied before wants_flush() said so is on disk.
    void flushed();

  private:
    enum class Phase { Idle, Filling, Filled, Flushed };
    struct Job {
        shardlog::TableId table;
        shardlog::TableId index;
        ItemRange range;
    };

    void find_job();
    base::Status fill(const TableEntry& table);
    base::Status finish(const TableEntry& table);

    Catalogue& catalogue_;
    ItemStore& items_;
    std::shared_ptr<const TableMap> searched_;  // has no index to fill
    std::optional<Job> job_;
    std::atomic<Phase> phase_{Phase::Idle};
};

}  // namespace millbeck::capture
