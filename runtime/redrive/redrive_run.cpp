#include "runtime/redrive/redrive_run.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/backoff.hpp"
#include "runtime/redrive/letter_event.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using sinks::Outcome;
using triggers::DeadLetter;
using Kind = RedriveNote::Kind;

namespace {

constexpr std::uint32_t kPageLetters = 1'000;
constexpr base::Milliseconds kRefusalFirst{500};
constexpr base::Milliseconds kRefusalLongest{10'000};

class Run {
  public:
    Run(const RedriveDoors& doors, const RedriveOrder& order)
        : doors_(doors), order_(order), may_go_at_(doors.clock.instant()) {}

    RedriveProgress run() {
        Status went = plan();
        for (auto number = chosen_.begin(); went && !cancelled() && number != chosen_.end();
             ++number) {
            went = redrive_one(*number);
            doors_.tell(progress_);
        }
        if (!went) {
            progress_.error = went.error().message;
        }
        return progress_;
    }

  private:
    using Batch = std::shared_ptr<const sinks::Batch>;

    [[nodiscard]] bool cancelled() const { return progress_.cancelled; }
    [[nodiscard]] bool is_call() const { return order_.trigger.empty(); }

    Status plan();
    void plan_letter(const DeadLetter& letter);
    Status redrive_one(std::int64_t number);
    Status deliver(const DeadLetter& letter, const Batch& batch);
    Status settle(const DeadLetter& letter, const Batch& batch, const Outcome& outcome);
    Result<ChangedKeys> changed(const DeadLetter& letter, const Batch& batch);
    Result<bool> is_held_back(const DeadLetter& letter, const Batch& batch);
    void charge(std::uint64_t records);
    void wait(base::Instant until) { progress_.cancelled = !doors_.wait(until); }
    void skip(RedriveNote note) {
        ++progress_.skipped;
        add(std::move(note));
    }
    void add(RedriveNote note) {
        if (progress_.notes.size() < kRedriveNotesMax) {
            progress_.notes.push_back(std::move(note));
        }
    }

    const RedriveDoors& doors_;
    const RedriveOrder& order_;
    RedriveProgress progress_;
    std::vector<std::int64_t> chosen_;
    ChangeGuard guard_;
    base::Instant may_go_at_;
};

Status Run::plan() {
    if (is_call()) {
        chosen_ = order_.numbers;
        progress_.letters = chosen_.size();
        return {};
    }
    const std::int64_t last = order_.numbers.empty() ? 0 : order_.numbers.back();
    std::int64_t above = 0;
    while (above < last) {
        MB_TRY(const auto page,
               doors_.letters.list(
                   {.trigger = order_.trigger, .above = above, .limit = kPageLetters}));
        if (page.empty()) {
            return {};
        }
        for (const DeadLetter& listed : page) {
            above = listed.number;
            if (above > last || !doors_.wait(doors_.clock.instant())) {
                progress_.cancelled = above <= last;
                return {};
            }
            MB_TRY(const auto letter, doors_.letters.find(above));
            if (letter) {
                plan_letter(*letter);
            }
        }
    }
    return {};
}

// One that cannot be read is told of in its turn.
void Run::plan_letter(const DeadLetter& letter) {
    const bool is_chosen = std::ranges::binary_search(order_.numbers, letter.number);
    if (is_chosen) {
        chosen_.push_back(letter.number);
        ++progress_.letters;
    }
    const auto batch = batch_of(letter);
    if (batch && is_chosen) {
        guard_.plan_chosen(letter.number, **batch);
    } else if (batch) {
        guard_.plan_other(letter.number, **batch);
    }
}

// One that was dropped meanwhile is nobody's any more.
Status Run::redrive_one(std::int64_t number) {
    MB_TRY(const auto letter, doors_.letters.find(number));
    if (!letter) {
        --progress_.letters;
        return {};
    }
    wait(may_go_at_);
    if (cancelled()) {
        return {};
    }
    if (is_call()) {
        charge(1);
        return deliver(*letter, nullptr);
    }
    auto batch = batch_of(*letter);
    if (!batch) {
        ++progress_.failed;
        add({.number = number, .text = batch.error().message});
        return {};
    }
    MB_TRY(const bool stays, is_held_back(*letter, *batch));
    if (stays) {
        return {};
    }
    charge((*batch)->messages.size());
    return deliver(*letter, *batch);
}

Result<ChangedKeys> Run::changed(const DeadLetter& letter, const Batch& batch) {
    return guard_.changed(letter.number, *batch,
                          [&](std::string_view keys) { return doors_.present(letter, keys); });
}

Result<bool> Run::is_held_back(const DeadLetter& letter, const Batch& batch) {
    if (const auto older = guard_.behind(letter.number, *batch);
        older && order_.force == Force::No) {
        guard_.failed(letter.number, *batch);
        skip({.number = letter.number,
              .kind = Kind::Behind,
              .text = fmt::format("dead letter {} is older, holds a change of the same key, and "
                                  "stays",
                                  *older)});
        return true;
    }
    if (order_.force == Force::Yes) {
        return false;
    }
    MB_TRY(auto since, changed(letter, batch));
    if (since.count == 0) {
        return false;
    }
    const Kind kind = since.is_unknown ? Kind::Unknown : Kind::Changed;
    skip({.number = letter.number, .kind = kind, .changed = std::move(since)});
    return true;
}

// The next letter waits for as long as these records take at the rate.
void Run::charge(std::uint64_t records) {
    if (order_.records_per_second > 0) {
        const std::chrono::nanoseconds a_second = std::chrono::seconds{1};
        may_go_at_ = doors_.clock.instant() +
                     a_second * static_cast<std::int64_t>(records) / order_.records_per_second;
    }
}

// A refusal is no attempt.
Status Run::deliver(const DeadLetter& letter, const Batch& batch) {
    base::Milliseconds pause = kRefusalFirst;
    for (std::uint32_t refusals = 0;; ++refusals) {
        MB_TRY(const Outcome outcome, doors_.deliver(letter, batch.get()));
        if (outcome.kind != Outcome::Kind::NotInvoked) {
            return settle(letter, batch, outcome);
        }
        if (outcome.error.code == Code::Cancelled || refusals + 1 == kRefusalsMax) {
            return tl::unexpected<base::Error>(outcome.error);
        }
        wait(doors_.clock.instant() + std::max(pause, outcome.retry_after));
        pause = std::min(2 * pause, kRefusalLongest);
        if (cancelled()) {
            return {};
        }
    }
}

Status Run::settle(const DeadLetter& letter, const Batch& batch, const Outcome& outcome) {
    if (outcome.kind != Outcome::Kind::Delivered) {
        const std::string why = outcome.kind == Outcome::Kind::PartlyFailed
                                    ? "the target did not take some records"
                                    : outcome.error.message;
        MB_TRY_STATUS(doors_.letters.failed_again(letter.number, why, doors_.clock.wall()));
        ++progress_.failed;
        add({.number = letter.number, .text = why});
        if (batch) {
            guard_.failed(letter.number, *batch);
        }
        return {};
    }
    MB_TRY_STATUS(doors_.letters.remove(letter.number));
    ++progress_.redriven;
    progress_.records += batch ? batch->messages.size() : 1;
    if (batch && order_.force == Force::No) {
        auto since = changed(letter, batch);
        if (since && since->count > 0) {
            add({.number = letter.number,
                 .kind = Kind::ChangedMeanwhile,
                 .changed = std::move(*since)});
        }
    }
    return {};
}

}  // namespace

std::string_view to_string(Kind kind) {
    constexpr std::array<std::string_view, 5> kWords{"failed", "changed", "unknown", "behind",
                                                     "changed_meanwhile"};
    return kWords.at(static_cast<std::size_t>(kind));
}

RedriveProgress redrive(const RedriveDoors& doors, const RedriveOrder& order) {
    return Run(doors, order).run();
}

}  // namespace millbeck::runtime
