// Calls of type Event: kept on disk, made again as the service does.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/sqlite.hpp"
#include "runtime/lambda/event_ending.hpp"
#include "runtime/lambda/event_retry.hpp"
#include "runtime/lambda/event_store.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime::lambda {
namespace {

using base::Milliseconds;
using base::WallTime;

WallTime at(std::int64_t seconds) {
    return WallTime{Milliseconds{1'700'000'000'000 + seconds * 1000}};
}

QueuedEvent event_at(std::int64_t seconds) {
    QueuedEvent event;
    event.function = "fn";
    event.qualifier = "live";
    event.request_id = "id";
    event.payload = std::string("{\"a\":\"\0\"}", 9);
    event.client_context = "{}";
    event.trace_id = "Root=1";
    event.accepted = event.due = at(seconds);
    return event;
}

// If it fails, calls are given up too early, too late, or never.
TEST(EventRetry, IsTheServices) {
    using Attempt = EventAttempt;
    struct Step {
        Attempt attempt;
        std::int64_t now;  // seconds after it was accepted
        EventFate fate;
        std::int64_t due = 0;
    };
    struct Row {
        EventInvokeConfig config;
        std::vector<Step> steps;
    };
    for (const Row& row : {
             Row{{}, {{Attempt::Succeeded, 0, EventFate::Done}}},
             Row{{}, {{Attempt::Gone, 0, EventFate::Deleted}}},
             Row{{}, {{Attempt::Barred, 0, EventFate::ZeroConcurrency}}},
             Row{{},
                 {{Attempt::Failed, 5, EventFate::Again, 65},
                  {Attempt::Failed, 70, EventFate::Again, 190},
                  {Attempt::Failed, 195, EventFate::RetriesExhausted}}},
             Row{{.attempts = 0}, {{Attempt::Failed, 1, EventFate::RetriesExhausted}}},
             Row{{.attempts = 1},
                 {{Attempt::Failed, 1, EventFate::Again, 61},
                  {Attempt::Failed, 62, EventFate::RetriesExhausted}}},
             Row{{.age_seconds = 60},
                 {{Attempt::Refused, 0, EventFate::Again, 1},
                  {Attempt::Failed, 2, EventFate::AgeExceeded}}},
             Row{{},
                 {{Attempt::Refused, 0, EventFate::Again, 1},
                  {Attempt::Refused, 1, EventFate::Again, 3},
                  {Attempt::Refused, 3, EventFate::Again, 7},
                  {Attempt::Failed, 7, EventFate::Again, 67},
                  {Attempt::Refused, 67, EventFate::Again, 68}}},
             Row{{}, {{Attempt::Refused, 21'599, EventFate::Again, 21'600}}},
             Row{{}, {{Attempt::Refused, 21'600, EventFate::AgeExceeded}}},
         }) {
        QueuedEvent event = event_at(0);
        for (const Step& step : row.steps) {
            const EventFate fate = after_attempt(event, step.attempt, row.config, at(step.now));
            EXPECT_EQ(fate, step.fate) << to_string(fate) << " at " << step.now;
            if (fate == EventFate::Again) {
                EXPECT_EQ(event.due, at(step.due));
            }
        }
    }
}

TEST(EventRetry, WaitsFiveMinutesAtMostForWhatIsRefused) {
    QueuedEvent event = event_at(0);
    event.refusals = 20;
    EXPECT_EQ(after_attempt(event, EventAttempt::Refused, {}, at(10)), EventFate::Again);
    EXPECT_EQ(event.due, at(310));
}

// If it fails, a record says something else after a restart.
TEST(EventEnding, ReadsWhatItWrote) {
    QueuedEvent event = event_at(0);
    event.failures = 2;
    FunctionCallResult answer;
    answer.version = "3";
    answer.result.outcome.kind = sinks::Outcome::Kind::Failed;
    answer.result.outcome.error = {base::Code::Io, "it says no"};
    answer.result.outcome.reply = R"({"errorType":"E"})";
    for (const bool asked : {true, false}) {
        if (!asked) {
            answer.refusal = LambdaError{kTooManyRequests, "Rate Exceeded."};
        }
        const EventEnding ending{"arn",
                                 finished_call(event, EventFate::AgeExceeded, answer, at(9))};
        event.ending = write_ending(ending);
        const auto read = read_ending(event);
        ASSERT_TRUE(read) << read.error().message;
        const triggers::FinishedCall& call = read->call;
        EXPECT_EQ(read->destination, "arn");
        EXPECT_EQ(call.function, "fn");
        EXPECT_EQ(call.qualifier, "live");
        EXPECT_EQ(call.request_id, "id");
        EXPECT_EQ(call.condition, "EventAgeExceeded");
        EXPECT_EQ(call.invoke_count, 2U);
        EXPECT_EQ(call.payload, event.payload);
        EXPECT_EQ(call.error, asked ? "it says no" : "Rate Exceeded.");
        EXPECT_EQ(call.ended_at, at(9));
        ASSERT_EQ(call.response.has_value(), asked);
        if (asked) {
            EXPECT_EQ(call.response->version, "3");
            EXPECT_TRUE(call.response->failed);
            EXPECT_EQ(call.response->payload, answer.result.outcome.reply);
        }
    }
    event.ending = "{}";
    EXPECT_EQ(read_ending(event).error().code, base::Code::Corrupt);
}

class EventStoreTest : public testing::Test {
  protected:
    void open(EventStoreOptions options = {}) {
        store.reset();
        auto opened = EventStore::open(folder.path() / "events.db", options);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
    }
    std::vector<std::int64_t> due(std::int64_t seconds, const std::vector<std::int64_t>& busy = {},
                                  std::size_t limit = 10) {
        std::vector<std::int64_t> numbers;
        const auto found = store->due(at(seconds), busy, limit);
        for (const QueuedEvent& event : *found) {
            numbers.push_back(event.number);
        }
        return numbers;
    }

    tests::TempFolder folder;
    std::unique_ptr<EventStore> store;
};

// If it fails, a call that was answered with 202 is lost with the process.
TEST_F(EventStoreTest, KeepsEventsOverARestart) {
    open();
    QueuedEvent event = event_at(10);
    event.number = *store->add(event);
    open();
    const auto found = *store->due(at(10), {}, 10);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].payload, event.payload);
    EXPECT_EQ(found[0].qualifier, "live");
    EXPECT_EQ(found[0].client_context, "{}");
    EXPECT_EQ(found[0].trace_id, "Root=1");
    EXPECT_EQ(found[0].accepted, at(10));
    event.failures = 2;
    event.refusals = 3;
    event.due = at(20);
    ASSERT_TRUE(store->postpone(event));
    open();
    EXPECT_TRUE(store->due(at(19), {}, 10)->empty());
    EXPECT_EQ(*store->next_due(at(19)), at(20));
    const auto later = *store->due(at(20), {}, 10);
    EXPECT_EQ(later.at(0).failures, 2U);
    EXPECT_EQ(later.at(0).refusals, 3U);
    ASSERT_TRUE(store->remove(event.number));
    EXPECT_TRUE(due(100).empty());
    EXPECT_FALSE(store->next_due(at(0))->has_value());
}

TEST_F(EventStoreTest, GivesWhatIsDueInOrderAndNotWhatIsBusy) {
    open();
    for (const std::int64_t seconds : {30, 10, 20, 10}) {
        ASSERT_TRUE(store->add(event_at(seconds)));
    }
    EXPECT_EQ(due(5), std::vector<std::int64_t>{});
    EXPECT_EQ(due(20), (std::vector<std::int64_t>{2, 4, 3}));
    EXPECT_EQ(due(30, {4, 2}), (std::vector<std::int64_t>{3, 1}));
    EXPECT_EQ(due(30, {}, 2), (std::vector<std::int64_t>{2, 4}));
    EXPECT_EQ(due(30, {}, 0), std::vector<std::int64_t>{});
    EXPECT_EQ(*store->next_due(at(10)), at(20));
}

// If it fails, how a call ended is forgotten before it was told, or counts for nothing.
TEST_F(EventStoreTest, KeepsEndings) {
    open({.bytes_max = 60});
    QueuedEvent event = event_at(1);
    event.number = *store->add(event);
    event.ending = std::string(40, 'e');
    ASSERT_TRUE(store->end(event));
    event.due = at(5);
    ASSERT_TRUE(store->postpone(event));
    for (int life = 0; life < 2; ++life) {
        EXPECT_EQ(store->due(at(5), {}, 10)->back().ending, event.ending);
        EXPECT_TRUE(store->add(event_at(2)).has_value() == (life == 0));
        open({.bytes_max = 60});
    }
    ASSERT_TRUE(store->remove(event.number));
    EXPECT_TRUE(store->add(event_at(3)));
}

// If it fails, calls that were accepted before an update of Millbeck are lost by it.
TEST_F(EventStoreTest, ReadsWhatAnOlderOneWrote) {
    {
        auto database = *base::Database::open(folder.path() / "events.db", base::Durability::Full);
        ASSERT_TRUE(database.migrate(std::vector<std::string_view>{R"sql(
            CREATE TABLE events (
                number INTEGER PRIMARY KEY AUTOINCREMENT, function TEXT NOT NULL,
                qualifier TEXT NOT NULL, request_id TEXT NOT NULL, payload BLOB NOT NULL,
                client_context TEXT NOT NULL, trace_id TEXT NOT NULL, failures INTEGER NOT NULL,
                refusals INTEGER NOT NULL, accepted_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX events_by_due ON events (due_ms, number);)sql"}));
        auto add = *database.prepare(
            "INSERT INTO events VALUES (7, 'fn', '', 'id', x'7B7D', '', '', 1, 0, 0, 5)");
        ASSERT_TRUE(add.run());
    }
    open();
    const auto found = *store->due(at(5), {}, 10);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].number, 7);
    EXPECT_EQ(found[0].payload, "{}");
    EXPECT_EQ(found[0].ending, "");
}

// If it fails, a function that hangs fills the disk with what waits for it.
TEST_F(EventStoreTest, IsFullAtItsLimit) {
    open({.bytes_max = 20});
    const std::int64_t first = *store->add(event_at(1));
    ASSERT_TRUE(store->add(event_at(2)));
    EXPECT_EQ(store->add(event_at(3)).error().code, base::Code::LimitExceeded);
    open({.bytes_max = 20});
    EXPECT_EQ(store->add(event_at(3)).error().code, base::Code::LimitExceeded);
    ASSERT_TRUE(store->remove(first));
    ASSERT_TRUE(store->remove(first));
    EXPECT_TRUE(store->add(event_at(3)));
}

}  // namespace
}  // namespace millbeck::runtime::lambda
