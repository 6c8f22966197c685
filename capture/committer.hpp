// One group of writes from waiting to answered: decide, append, one sync, apply, publish, answer.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "capture/catalogue.hpp"
#include "capture/committer_metrics.hpp"
#include "capture/item_store.hpp"
#include "capture/pending_items.hpp"
#include "capture/prepared_write.hpp"
#include "capture/recent_changes.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::capture {

// Invariants: frame synced -> applied to the tables -> published -> answered, in that order; every
//             request is answered exactly once.
// Threads:    one.
// Errors:     an error of commit() is fatal: log and tables may disagree until recovery. Its
//             requests are answered (Unavailable) all the same.
class Committer {
  public:
    // Borrows all of them.
    Committer(const base::Clock& clock, base::Metrics& metrics, Catalogue& catalogue,
              ItemStore& items, shardlog::ShardLog& log, bool logs_old_images);

    // Commits the group. What refuses single requests, or the whole group (NoSpace), is answered
    // to those who wait and is no error here.
    base::Status commit(std::span<WriteRequest> group);

  private:
    using Answer = base::Result<std::vector<WriteResult>>;

    struct Undo {
        std::uint32_t slot;
        shardlog::ItemView before;
        const TableEntry* table = nullptr;
    };

    base::Status log_and_apply(std::span<WriteRequest> group);
    base::Status decide(std::span<WriteRequest> group, const TableMap& tables);
    base::Status decide_request(const WriteRequest& request, const TableMap& tables,
                                std::size_t first_write, Answer& answer);
    base::Status decide_commit(const WriteRequest& request, const TableMap& tables,
                               std::size_t begin, std::size_t end, std::size_t first_write,
                               std::vector<WriteResult>& results);
    // False: refused, and `result` says why.
    bool decide_write(const PreparedWrite& write, const TableEntry& table, std::uint32_t slot,
                      WriteResult& result);
    void refuse_commit(std::span<WriteResult> results);
    void take_back();
    base::Status append_commit();
    base::Status apply();
    void refuse_all(const base::Error& error);
    void answer(std::span<WriteRequest> group);

    const base::Clock& clock_;
    Catalogue& catalogue_;
    ItemStore& items_;
    shardlog::ShardLog& log_;
    const bool logs_old_images_;  // of tables that do not ask for it too

    RecentChanges recent_;

    // Of the group at work; kept for their capacity.
    PendingItems pending_;
    std::vector<Answer> answers_;      // by request
    std::vector<ItemChange> changes_;  // appended, not applied yet
    std::deque<std::string> made_;     // the items that updates made; they stay where they are
    std::size_t refused_commits_ = 0;
    // Of the atomic commit at work.
    std::vector<shardlog::RecordDraft> drafts_;
    std::vector<Undo> undo_;  // by draft

    CommitterMetrics metrics_;
};

}  // namespace millbeck::capture
