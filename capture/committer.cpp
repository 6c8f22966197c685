#include "capture/committer.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "capture/change.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::Error;
using base::Status;
using shardlog::ItemView;
using shardlog::RecordDraft;
using shardlog::SequenceNumber;
using shardlog::StreamViewType;

// The old image costs log bytes; it is kept only where a reader may ask for it.
bool shows_old_image(const TableEntry& table) {
    const auto& view = table.description.spec.stream;
    return view == StreamViewType::OldImage || view == StreamViewType::NewAndOldImages;
}

}  // namespace

Committer::Committer(const base::Clock& clock, base::Metrics& metrics, Catalogue& catalogue,
                     ItemStore& items, shardlog::ShardLog& log)
    : clock_(clock),
      catalogue_(catalogue),
      items_(items),
      log_(log),
      commits_total_(metrics.counter("millbeck_capture_commits_total",
                                     "Atomic commits answered with success.")),
      records_total_(metrics.counter("millbeck_capture_records_total",
                                     "Changes of items logged and applied.")),
      unchanged_total_(metrics.counter("millbeck_capture_unchanged_writes_total",
                                       "Writes that left their item as it was: no record.")),
      refused_total_(metrics.counter("millbeck_capture_refused_requests_total",
                                     "Requests refused by the committer after their checks.")),
      groups_total_(metrics.counter("millbeck_capture_groups_total",
                                    "Group commits: one sync of the log each.")),
      group_seconds_(metrics.histogram("millbeck_capture_group_seconds",
                                       "Time from taking a group to having answered it.")) {}

Status Committer::commit(std::span<WriteRequest> group) {
    const base::Instant begin = clock_.instant();
    changes_.clear();
    answers_.clear();
    answers_.resize(group.size());
    Status fatal;
    if (Status read = pending_.begin(items_, group); !read) {
        refuse_all(read.error());  // nothing can be decided, nothing was appended
    } else {
        fatal = log_and_apply(group);
    }
    answer(group);
    const std::chrono::duration<double> seconds = clock_.instant() - begin;
    group_seconds_.observe(seconds.count());
    return fatal;
}

// An error is fatal; a group the disk had no room for is refused and forgotten instead.
Status Committer::log_and_apply(std::span<WriteRequest> group) {
    Status logged = decide(group, *catalogue_.tables());
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
    for (std::size_t i = begin; i < end; ++i) {
        const PreparedWrite& write = request.writes[i];
        decide_write(write, *tables.find(write.table()), pending_.slot(first_write + i),
                     results[i]);
    }
    Status appended = append_commit();
    if (!appended) {
        for (const Undo& undo : undo_) {
            pending_.set(undo.slot, undo.before);
        }
    }
    return appended;
}

void Committer::decide_write(const PreparedWrite& write, const TableEntry& table,
                             std::uint32_t slot, WriteResult& result) {
    const ItemView before = pending_.at(slot);
    result.old_size_bytes = before.size_bytes;
    if (write.return_values() == ReturnValues::AllOld && before.present()) {
        result.old_image = std::string(before.text);
    }
    const auto event = decide_change(before, write.after());
    if (!event) {
        unchanged_total_.add();
        return;
    }
    RecordDraft& draft = drafts_.emplace_back();
    draft.table = write.table();
    draft.stream = table.description.stream;
    draft.event = *event;
    draft.row_key = write.row_key();
    draft.keys = write.keys();
    draft.new_image = write.after();
    draft.old_image = before;
    if (!shows_old_image(table)) {
        draft.old_image.text = {};
    }
    undo_.push_back({slot, before});
    pending_.set(slot, write.after());
}

// Everything decided for the commit becomes one frame; nothing decided, no frame.
Status Committer::append_commit() {
    if (drafts_.empty()) {
        return {};
    }
    MB_TRY(SequenceNumber sequence, log_.append(drafts_));
    for (const RecordDraft& draft : drafts_) {
        changes_.push_back({.table = draft.table,
                            .event = draft.event,
                            .sequence = sequence,
                            .row_key = draft.row_key,
                            .new_image = draft.new_image,
                            .old_size_bytes = draft.old_image.size_bytes});
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
    groups_total_.add();
    records_total_.add(static_cast<double>(changes_.size()));
    return {};
}

void Committer::refuse_all(const Error& error) {
    for (Answer& answer : answers_) {
        answer = tl::unexpected(error);
    }
}

void Committer::answer(std::span<WriteRequest> group) {
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (answers_[i]) {
            commits_total_.add(static_cast<double>(group[i].commit_ends.size()));
        } else {
            refused_total_.add();
        }
        group[i].done(std::move(answers_[i]));
    }
}

}  // namespace millbeck::capture
