// Deletes items whose time has come, as the service does: by a write of its own that the stream
// shows with the service as its author.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/item_store.hpp"
#include "capture/table_store.hpp"

namespace millbeck::capture {

// Items that expired more than five years ago are left alone: a time in another unit must not
// delete a table. Source: Developer guide, "Time to Live", "Formatting an item's TTL attribute".
inline constexpr std::int64_t kExpiredSecondsMax = 5LL * 365 * 24 * 3600;

// Invariants: an item is deleted only if it is still expired when its turn comes.
// Threads:    one, that of maintain().
class ExpirySweeper {
  public:
    using Submit = std::function<void(std::vector<Commit>, Completion)>;

    // Borrows all of them; `submit` may be called from sweep() only.
    ExpirySweeper(const base::Clock& clock, const Catalogue& catalogue, const ItemStore& items,
                  Submit submit)
        : clock_(clock), catalogue_(catalogue), items_(items), submit_(std::move(submit)) {}

    // Queues the deletion of what has expired, a thousand items at most, unless what was
    // queued before is not done yet. Errors: those of ItemStore.
    base::Status sweep();

  private:
    base::Status sweep_table(const TableEntry& table, std::vector<Commit>& commits) const;

    const base::Clock& clock_;
    const Catalogue& catalogue_;
    const ItemStore& items_;
    Submit submit_;
    // Shared with the completion, which may come after the sweeper has gone.
    std::shared_ptr<std::atomic<bool>> busy_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace millbeck::capture
