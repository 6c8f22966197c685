#include "capture/committer.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "capture/change.hpp"
#include "capture/index_key_check.hpp"
#include "capture/index_write.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Status;
using shardlog::ItemView;
using shardlog::RecordDraft;
using shardlog::SequenceNumber;

// A put is checked before the committer's turn; what an update makes is known only here.
Status check_indexed(const PreparedWrite& write, const TableEntry& table, const ItemView& after) {
    if (!write.is_update() || !after.present() || table.indexes.empty()) {
        return {};
    }
    MB_TRY_STATUS(check_index_keys(table.indexes, after.text, IndexKeySource::Update));
    return fits_with_local_entries(table.indexes, after)
               ? Status{}
               : fail(Code::Invalid, "Item size to update has exceeded the maximum allowed size");
}

}  // namespace

Committer::Committer(const base::Clock& clock, base::Metrics& metrics, Catalogue& catalogue,
                     ItemStore& items, shardlog::ShardLog& log, bool logs_old_images)
    : clock_(clock),
      catalogue_(catalogue),
      items_(items),
      log_(log),
      logs_old_images_(logs_old_images),
      metrics_(metrics) {}

Status Committer::commit(std::span<WriteRequest> group) {
    const base::Instant begin = clock_.instant();
    changes_.clear();
    made_.clear();
    refused_commits_ = 0;
    answers_.clear();
    answers_.resize(group.size());
    Status fatal;
    if (Status read = pending_.begin(items_, recent_, group); !read) {
        refuse_all(read.error());  // nothing can be decided, nothing was appended
    } else {
        fatal = log_and_apply(group);
    }
    answer(group);
    const std::chrono::duration<double> seconds = clock_.instant() - begin;
    metrics_.group_seconds.observe(seconds.count());
    return fatal;
}

// An error is fatal; a group the disk had no room for is refused and forgotten instead.
Status Committer::log_and_apply(std::span<WriteRequest> group) {
    const auto tables = catalogue_.tables();  // what is staged refers to it
    Status logged = decide(group, *tables);
    if (logged && !changes_.empty()) {
        logged = log_.sync();
    }
    if (!logged && logged.error().code == Code::NoSpace) {
        log_.discard();
        refuse_all(logged.error());
        return {};
    }
    Status done = logged ? apply() : base::with_context("log", std::move(logged).error());
    if (!done) {
        refuse_all(Error{Code::Unavailable,
                         "The outcome of this write is unknown until the server has restarted and "
                         "recovered: " +
                             done.error().message});
    }
    return done;
}

// An error means that the whole group must go.
Status Committer::decide(std::span<WriteRequest> group, const TableMap& tables) {
    std::size_t first_write = 0;
    for (std::size_t i = 0; i < group.size(); ++i) {
        MB_TRY_STATUS(decide_request(group[i], tables, first_write, answers_[i]));
        first_write += group[i].writes.size();
    }
    return {};
}

// Refuses the request in `answer`; returns an error only if the whole group must go.
Status Committer::decide_request(const WriteRequest& request, const TableMap& tables,
                                 std::size_t first_write, Answer& answer) {
    for (const PreparedWrite& write : request.writes) {
        if (tables.find(write.table()) == nullptr) {  // deleted since it was checked
            answer = base::fail(Code::NotFound, "Requested resource not found");
            return {};
        }
    }
    answer->resize(request.writes.size());
    std::size_t begin = 0;
    for (const std::uint32_t end : request.commit_ends) {
        Status decided = decide_commit(request, tables, begin, end, first_write, *answer);
        if (!decided && decided.error().code == Code::LimitExceeded) {
            // Too large for one frame of the log. Commits before it stay; the caller learns that
            // not all of the request was written.
            answer = tl::unexpected(std::move(decided).error());
            return {};
        }
        MB_TRY_STATUS(decided);
        begin = end;
    }
    return {};
}

Status Committer::decide_commit(const WriteRequest& request, const TableMap& tables,
                                std::size_t begin, std::size_t end, std::size_t first_write,
                                std::vector<WriteResult>& results) {
    drafts_.clear();
    undo_.clear();
    const std::size_t made = made_.size();
    bool refused = false;
    for (std::size_t i = begin; i < end; ++i) {
        const PreparedWrite& write = request.writes[i];
        refused = !decide_write(write, *tables.find(write.table()), pending_.slot(first_write + i),
                                results[i]) ||
                  refused;
    }
    if (refused) {
        refuse_commit(std::span(results).subspan(begin, end - begin));
        made_.resize(made);
        return {};
    }
    Status appended = append_commit();
    if (!appended) {
        take_back();
    }
    return appended;
}

// All writes of a commit are decided, whatever becomes of the first: each refusal is told.
bool Committer::decide_write(const PreparedWrite& write, const TableEntry& table,
                             std::uint32_t slot, WriteResult& result) {
    const ItemView before = pending_.at(slot);
    result.old_size_bytes = before.size_bytes;
    auto after = write.decide(before, made_.emplace_back());
    if (after) {
        if (Status fits = check_indexed(write, table, *after); !fits) {
            after = tl::unexpected(std::move(fits).error());
        }
    }
    if (!after) {
        result.new_size_bytes = before.size_bytes;
        if (after.error().code == Code::ConditionFailed) {
            result.attributes = write.shown_refused(before);
        }
        result.refusal = std::move(after).error();
        return false;
    }
    result.new_size_bytes = after->size_bytes;
    result.attributes = write.shown(before, *after);
    if (write.report() == WriteReport::IndexWrites) {
        result.index_writes = index_writes(table.indexes, before, *after);
    }
    const auto event = decide_change(before, *after);
    if (!event) {
        metrics_.unchanged_total.add();
        return true;
    }
    RecordDraft& draft = drafts_.emplace_back();
    draft.table = write.table();
    draft.stream = table.description.stream;
    draft.event = *event;
    draft.origin = write.origin();
    draft.row_key = write.row_key();
    draft.keys = write.keys();
    draft.new_image = *after;
    draft.old_image = before;
    if (!logs_old_images_ && !table.logs_old_image()) {
        draft.old_image.text = {};
    }
    undo_.push_back({slot, before, &table});
    pending_.set(slot, *after);
    return true;
}

void Committer::refuse_commit(std::span<WriteResult> results) {
    take_back();
    ++refused_commits_;
    for (WriteResult& result : results) {
        if (!result.refusal) {
            result.attributes.reset();
            result.index_writes.clear();
            result.new_size_bytes = result.old_size_bytes;
        }
    }
}

// The commit at work did not happen: the group goes on as if it had not been there.
void Committer::take_back() {
    for (const Undo& undo : undo_) {
        pending_.set(undo.slot, undo.before);
    }
}

// Everything decided for the commit becomes one frame; nothing decided, no frame. What is noted and
// then discarded with its group is a false alarm at worst.
Status Committer::append_commit() {
    if (drafts_.empty()) {
        return {};
    }
    MB_TRY(SequenceNumber sequence, log_.append(drafts_));
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
        const RecordDraft& draft = drafts_[i];
        recent_.note(pending_.hash(undo_[i].slot), sequence);
        changes_.push_back({.table = draft.table,
                            .event = draft.event,
                            .sequence = sequence,
                            .row_key = draft.row_key,
                            .new_image = draft.new_image,
                            .old_size_bytes = draft.old_image.size_bytes,
                            .old_text = undo_[i].before.text,
                            .indexes = undo_[i].table->indexes});
        sequence = sequence.next();
    }
    return {};
}

// What is durable becomes visible, to readers of the tables first and then to those of the log.
Status Committer::apply() {
    if (changes_.empty()) {
        return {};
    }
    const SequenceNumber through = changes_.back().sequence;
    if (Status applied = items_.apply(changes_, through); !applied) {
        return base::with_context("apply to the tables", std::move(applied).error());
    }
    log_.publish();
    metrics_.groups_total.add();
    metrics_.records_total.add(static_cast<double>(changes_.size()));
    return {};
}

void Committer::refuse_all(const Error& error) {
    for (Answer& answer : answers_) {
        answer = tl::unexpected(error);
    }
}

void Committer::answer(std::span<WriteRequest> group) {
    std::size_t commits = 0;
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (answers_[i]) {
            commits += group[i].commit_ends.size();
        } else {
            metrics_.refused_total.add();
        }
        group[i].done(std::move(answers_[i]));
    }
    metrics_.commits_total.add(static_cast<double>(commits - std::min(commits, refused_commits_)));
    metrics_.refused_commits_total.add(static_cast<double>(refused_commits_));
}

}  // namespace millbeck::capture
