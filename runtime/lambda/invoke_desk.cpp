#include "runtime/lambda/invoke_desk.hpp"

#include <memory>
#include <utility>

#include "runtime/scheduler/strand.hpp"

namespace millbeck::runtime::lambda {

namespace {

// Runs once.
class Task final : public Strand {
  public:
    Task(StrandPool& pool, std::atomic<unsigned>& waiting, std::function<void()> task)
        : Strand(pool), waiting_(waiting), task_(std::move(task)) {}

  private:
    Turn turn() override {
        std::exchange(task_, nullptr)();
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        return {Turn::Rest::Done, std::nullopt};
    }

    std::atomic<unsigned>& waiting_;
    std::function<void()> task_;
};

}  // namespace

InvokeDesk::InvokeDesk() : pool_(timekeeper_, kThreadsMax) {
    pool_.start();
}

InvokeDesk::~InvokeDesk() {
    pool_.stop(base::Milliseconds{0});
    pool_.join();
    timekeeper_.stop();
}

base::Status InvokeDesk::post(std::function<void()> task) {
    if (waiting_.fetch_add(1, std::memory_order_relaxed) >= kWaitingMax) {
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        return base::fail(base::Code::Unavailable, "Rate Exceeded.");
    }
    std::make_shared<Task>(pool_, waiting_, std::move(task))->wake();
    return {};
}

}  // namespace millbeck::runtime::lambda
