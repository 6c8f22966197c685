#include "runtime/redrive/redriver.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/thread_name.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using sinks::Outcome;
using triggers::DeadLetter;
using State = RedriveStatus::State;

namespace {

constexpr std::uint32_t kPageLetters = 1'000;

}  // namespace

Redriver::~Redriver() {
    stop();
    std::vector<std::jthread> threads;
    {
        const base::MutexLock lock(mutex_);
        threads.swap(threads_);
    }
}

void Redriver::stop() {
    cancel(0);
    const base::MutexLock lock(mutex_);
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
}

void Redriver::on_change(std::function<void()> told) {
    const base::MutexLock lock(mutex_);
    told_ = std::move(told);
}

// A job for each trigger, and for each function with calls, by one pass over the list.
Result<std::vector<std::shared_ptr<Redriver::Job>>> Redriver::jobs_of(
    const RedriveRequest& request) const {
    std::map<std::pair<std::string, std::string>, std::shared_ptr<Job>> jobs;
    std::vector<std::int64_t> numbers = request.numbers;
    std::ranges::sort(numbers);
    std::int64_t above = 0;
    for (;;) {
        MB_TRY(const auto page,
               context_.letters.list(
                   {.trigger = request.trigger, .above = above, .limit = kPageLetters}));
        for (const DeadLetter& letter : page) {
            above = letter.number;
            if (!numbers.empty() && !std::ranges::binary_search(numbers, letter.number)) {
                continue;
            }
            const std::string function = letter.trigger.empty() ? letter.function : "";
            auto& job = jobs[{letter.trigger, function}];
            if (!job) {
                job = std::make_shared<Job>();
                job->status.trigger = letter.trigger;
                job->status.function = function;
                job->order = {.trigger = letter.trigger,
                              .records_per_second = request.records_per_second,
                              .force = request.force};
            }
            job->order.numbers.push_back(letter.number);
            ++job->status.progress.letters;
        }
        if (page.size() < kPageLetters) {
            break;
        }
    }
    std::vector<std::shared_ptr<Job>> all;
    all.reserve(jobs.size());
    for (auto& [of, job] : jobs) {
        all.push_back(std::move(job));
    }
    return all;
}

Result<std::vector<RedriveStatus>> Redriver::begin(const RedriveRequest& request) {
    MB_TRY(const auto begun, jobs_of(request));
    if (begun.empty()) {
        return base::fail(Code::NotFound, "there is no such dead letter");
    }
    std::vector<RedriveStatus> statuses;
    const base::MutexLock lock(mutex_);
    for (const auto& job : begun) {
        for (const auto& other : jobs_) {
            if (other->status.state != State::Ended &&
                other->status.trigger == job->status.trigger &&
                other->status.function == job->status.function) {
                return base::fail(Code::InUse,
                                  fmt::format("dead letters of \"{}\" are being redriven already",
                                              job->status.trigger + job->status.function));
            }
        }
    }
    while (jobs_.size() + begun.size() > kRedrivesMax && !jobs_.empty() &&
           jobs_.front()->status.state == State::Ended) {
        jobs_.pop_front();
    }
    if (jobs_.size() + begun.size() > kRedrivesMax) {
        return base::fail(
            Code::LimitExceeded,
            fmt::format("there are at most {} redrives at a time; name a trigger", kRedrivesMax));
    }
    for (const auto& job : begun) {
        job->status.id = ++last_id_;
        jobs_.push_back(job);
        waiting_.push_back(job);
        statuses.push_back(job->status);
    }
    const auto busy = static_cast<std::size_t>(std::ranges::count_if(
        jobs_, [](const auto& job) { return job->status.state != State::Ended; }));
    while (threads_.size() < std::min(kRedrivesAtOnce, busy)) {
        threads_.emplace_back([this](const std::stop_token& stop) { serve(stop); });
    }
    changed_.notify_all();
    return statuses;
}

std::vector<RedriveStatus> Redriver::status() const {
    std::vector<RedriveStatus> all;
    const base::MutexLock lock(mutex_);
    for (const auto& job : jobs_) {
        all.push_back(job->status);
    }
    return all;
}

std::size_t Redriver::cancel(std::int64_t id) {
    std::size_t cancelled = 0;
    const base::MutexLock lock(mutex_);
    for (const auto& job : jobs_) {
        if ((id == 0 || job->status.id == id) && job->status.state != State::Ended) {
            job->cancel.request_stop();
            ++cancelled;
        }
    }
    changed_.notify_all();
    return cancelled;
}

void Redriver::serve(const std::stop_token& stop) {
    base::name_this_thread("redrive");
    for (;;) {
        std::shared_ptr<Job> job;
        {
            const base::MutexLock lock(mutex_);
            if (!changed_.wait(mutex_, stop,
                               [this]() MB_REQUIRES(mutex_) { return !waiting_.empty(); })) {
                return;
            }
            job = waiting_.front();
            waiting_.pop_front();
            job->status.state = State::Running;
        }
        run(*job);
    }
}

void Redriver::run(Job& job) {
    const std::stop_token cancelled = job.cancel.get_token();
    const RedriveDoors doors{
        .letters = context_.letters,
        .clock = context_.clock,
        .present = [this](const DeadLetter& letter,
                          std::string_view keys) { return present_item(context_, letter, keys); },
        .deliver =
            [this, cancelled](const DeadLetter& letter, const sinks::Batch* batch) {
                return deliver_again(context_, letter, batch, cancelled);
            },
        .wait =
            [this, cancelled](base::Instant until) {
                const base::MutexLock lock(mutex_);
                changed_.wait_until(mutex_, cancelled, until, [] { return false; });
                return !cancelled.stop_requested();
            },
        .tell = [this, &job](const RedriveProgress& so_far) { note(job, so_far, State::Running); }};
    note(job, redrive(doors, job.order), State::Ended);
}

void Redriver::note(Job& job, RedriveProgress progress, State state) {
    std::function<void()> told;
    {
        const base::MutexLock lock(mutex_);
        job.status.progress = std::move(progress);
        job.status.state = state;
        told = told_;
    }
    if (told) {
        told();
    }
}

}  // namespace millbeck::runtime
