#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/function_output.hpp"
#include "runtime/redrive/letter_event.hpp"
#include "runtime/redrive/redrive_run.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;
using sinks::Outcome;
using triggers::DeadLetter;

struct Change {
    std::string event;  // "INSERT", ...
    std::string key;
    std::string before;  // images: the value of "v"; "" for none
    std::string after;
};

std::string image(const std::string& key, const std::string& value) {
    return fmt::format(R"({{"id":{{"S":"{}"}},"v":{{"S":"{}"}}}})", key, value);
}

std::string record(const Change& change, int sequence) {
    std::string text = fmt::format(
        R"({{"eventID":"e","eventName":"{}","dynamodb":{{"ApproximateCreationDateTime":)"
        R"(1678831218.0,"Keys":{{"id":{{"S":"{}"}}}},)",
        change.event, change.key);
    text += change.after.empty() ? "" : R"("NewImage":)" + image(change.key, change.after) + ",";
    text += change.before.empty() ? "" : R"("OldImage":)" + image(change.key, change.before) + ",";
    return text + fmt::format(R"("SequenceNumber":"{}","SizeBytes":9}}}})", 1000 + sequence);
}

DeadLetter letter_of(std::string event) {
    DeadLetter letter;
    letter.number = 3;
    letter.event = std::move(event);
    return letter;
}

// Letters of one trigger in a real store, a table, and a target that notes what it gets.
class RedriveTest : public testing::Test {
  protected:
    RedriveTest() {
        auto opened = triggers::DeadLetterStore::open(folder_.path() / "d.db", {});
        EXPECT_TRUE(opened);
        store = std::move(*opened);
    }

    // Its number is the next one.
    void give_up(const std::vector<Change>& changes, const std::string& trigger = "notify") {
        auto batch = std::make_shared<sinks::Batch>();
        auto texts = std::make_shared<std::vector<std::string>>();
        for (const Change& change : changes) {
            texts->push_back(record(change, ++sequence_));
        }
        for (const std::string& text : *texts) {
            batch->messages.push_back({.id = "1", .key = "", .record = text});
        }
        batch->memory = texts;
        triggers::FailedBatch failed;
        failed.trigger_name = trigger;
        failed.function = "fn";
        failed.error = "no";
        failed.batch = std::move(batch);
        ASSERT_TRUE(store->take(failed));
    }

    RedriveProgress run(RedriveOrder order) {
        order.trigger = "notify";
        return redrive(
            {.letters = *store,
             .clock = clock,
             .present = [this](const DeadLetter&,
                               std::string_view keys) -> base::Result<std::optional<std::string>> {
                 const auto found = table.find(std::string(keys));
                 return found == table.end() ? std::nullopt : std::optional(found->second);
             },
             .deliver = [this](const DeadLetter& letter,
                               const sinks::Batch*) -> base::Result<Outcome> {
                 times.push_back(clock.instant());
                 delivered += fmt::format("{} ", letter.number);
                 if (on_delivery) {
                     on_delivery();
                 }
                 Outcome outcome;
                 if (const auto scripted = outcomes.find(letter.number);
                     scripted != outcomes.end()) {
                     outcome.kind = scripted->second;
                     outcome.error = {base::Code::Io, "still no"};
                 }
                 return outcome;
             },
             .wait =
                 [this](base::Instant until) {
                     if (until > clock.instant()) {
                         clock.advance(std::chrono::ceil<Milliseconds>(until - clock.instant()));
                     }
                     return --patience > 0;
                 },
             .tell = [](const RedriveProgress&) {}},
            order);
    }

    void put(const std::string& key, const std::string& value) {
        table[fmt::format(R"({{"id":{{"S":"{}"}}}})", key)] = image(key, value);
    }
    std::string left() {
        std::string numbers;
        const auto letters = store->list({}).value();
        for (const DeadLetter& letter : letters) {
            numbers += fmt::format("{} ", letter.number);
        }
        return numbers;
    }
    static std::string notes(const RedriveProgress& progress) {
        std::string text;
        for (const RedriveNote& note : progress.notes) {
            text += fmt::format("{}:{} ", note.number, to_string(note.kind));
        }
        return text;
    }

    std::unique_ptr<triggers::DeadLetterStore> store;
    base::VirtualClock clock;
    std::map<std::string, std::string> table;  // by key
    std::map<std::int64_t, Outcome::Kind> outcomes;
    std::string delivered;
    std::vector<base::Instant> times;
    std::function<void()> on_delivery;
    int patience = 1'000;  // waits until it is cancelled

  private:
    tests::TempFolder folder_;
    int sequence_ = 0;
};

// If it fails, what comes again is not what was given up.
TEST_F(RedriveTest, AnEventIsTakenApartByteForByte) {
    const std::string first = record({"INSERT", R"(a\"},{[\\)", "", "1"}, 1);
    const std::string second = record({"REMOVE", "b", "2", ""}, 2);
    DeadLetter letter =
        letter_of(R"({"Records":[)" + first + "," + second + R"(],"state":{"n":[1]}})");
    letter.trigger = "notify";
    letter.shard_id = "shard";
    letter.request_id = "r";
    const auto batch = batch_of(letter);
    ASSERT_TRUE(batch) << batch.error().message;
    ASSERT_EQ((*batch)->messages.size(), 2u);
    const sinks::Message& one = (*batch)->messages[0];
    EXPECT_EQ(one.record, first);
    EXPECT_EQ(one.id, "1001");
    EXPECT_EQ(one.key, R"({"id":{"S":"a\"},{[\\"}})");
    EXPECT_EQ(one.new_image, image(R"(a\"},{[\\)", "1"));
    EXPECT_EQ(one.old_image, "");
    EXPECT_EQ(one.milliseconds, 1'678'831'218'000);
    EXPECT_EQ(one.event, sinks::Event::Insert);
    EXPECT_EQ((*batch)->messages[1].event, sinks::Event::Remove);
    EXPECT_EQ((*batch)->messages[1].old_image, image("b", "2"));
    EXPECT_EQ((*batch)->members, R"("state":{"n":[1]})");
    EXPECT_EQ((*batch)->request_id, "r");
    EXPECT_EQ((*batch)->payload_bytes, first.size() + second.size());
}

TEST_F(RedriveTest, WhatHoldsNoRecordsIsSaid) {
    for (const char* event :
         {"", "{", "{}", R"({"n":1})", R"({"Records":1})", R"({"Records":[)", R"({"Records":[1]})",
          R"({"Records":[{}]})", R"({"Records":[{)", R"({"Records":["abc)"}) {
        EXPECT_FALSE(batch_of(letter_of(event))) << event;
    }
    const auto last_of_window = letter_of(R"({"Records":[],"isFinalInvokeForWindow":true})");
    EXPECT_EQ((*batch_of(last_of_window))->members, R"("isFinalInvokeForWindow":true)");
}

TEST_F(RedriveTest, WhatIsTakenIsForgottenOldestFirst) {
    give_up({{"INSERT", "a", "", "1"}, {"INSERT", "b", "", "1"}});
    give_up({{"INSERT", "c", "", "1"}}, "another");
    give_up({{"INSERT", "d", "", "1"}});
    for (const char* key : {"a", "b", "d"}) {
        put(key, "1");
    }
    const auto progress = run({.numbers = {1, 3}});
    EXPECT_EQ(delivered, "1 3 ");
    EXPECT_EQ(left(), "2 ");
    EXPECT_EQ(progress.letters, 2u);
    EXPECT_EQ(progress.redriven, 2u);
    EXPECT_EQ(progress.records, 3u);
    EXPECT_EQ(progress.error, "");
}

// If it fails, a key's changes come in another order than they were made.
TEST_F(RedriveTest, OneThatFailsHoldsBackTheLaterOnesOfItsKeys) {
    give_up({{"INSERT", "a", "", "1"}});
    give_up({{"MODIFY", "a", "1", "2"}, {"INSERT", "b", "", "1"}});
    give_up({{"MODIFY", "b", "1", "2"}});
    give_up({{"INSERT", "c", "", "1"}});
    put("a", "2");
    put("b", "2");
    put("c", "1");
    outcomes[1] = Outcome::Kind::Failed;
    const auto progress = run({.numbers = {1, 2, 3, 4}});
    EXPECT_EQ(delivered, "1 4 ");
    EXPECT_EQ(left(), "1 2 3 ");
    EXPECT_EQ(notes(progress), "1:failed 2:behind 3:behind ");
    EXPECT_EQ(progress.notes[1].text,
              "dead letter 1 is older, holds a change of the same key, and stays");
    const DeadLetter kept = **store->find(1);
    EXPECT_EQ(kept.error, "still no");
    EXPECT_EQ(kept.invoke_count, 2u);
    EXPECT_EQ(kept.failed_at, clock.wall());
}

TEST_F(RedriveTest, AnOlderLetterThatIsNotChosenHoldsBackToo) {
    give_up({{"INSERT", "a", "", "1"}});
    give_up({{"MODIFY", "a", "1", "2"}});
    put("a", "2");
    EXPECT_EQ(notes(run({.numbers = {2}})), "2:behind ");
    EXPECT_EQ(delivered, "");
    EXPECT_EQ(notes(run({.numbers = {2}, .force = Force::Yes})), "");
    EXPECT_EQ(delivered, "2 ");
}

// If it fails, an old change overwrites what a newer one made.
TEST_F(RedriveTest, WhatHasChangedSinceIsSkippedUnlessForced) {
    struct Row {
        const char* what;
        std::vector<std::vector<Change>> letters;
        std::map<std::string, std::string> now;
        const char* notes;
    };
    const std::vector<Row> rows{
        {"as it was", {{{"INSERT", "a", "", "1"}}}, {{"a", "1"}}, ""},
        {"changed", {{{"INSERT", "a", "", "1"}}}, {{"a", "2"}}, "1:changed "},
        {"gone", {{{"INSERT", "a", "", "1"}}}, {}, "1:changed "},
        {"removed, and still is", {{{"REMOVE", "a", "1", ""}}}, {}, ""},
        {"removed, and made again", {{{"REMOVE", "a", "1", ""}}}, {{"a", "1"}}, "1:changed "},
        {"only the last change of a key counts",
         {{{"INSERT", "a", "", "1"}, {"MODIFY", "a", "1", "2"}}},
         {{"a", "2"}},
         ""},
        {"the next letter follows on it",
         {{{"INSERT", "a", "", "1"}}, {{"MODIFY", "a", "1", "2"}}},
         {{"a", "2"}},
         ""},
        {"something was between",
         {{{"INSERT", "a", "", "1"}}, {{"MODIFY", "a", "5", "2"}}},
         {{"a", "2"}},
         "1:changed "},
        {"made anew after its end",
         {{{"REMOVE", "a", "1", ""}}, {{"INSERT", "a", "", "2"}}},
         {{"a", "2"}},
         ""},
        {"made anew, but the end is not here",
         {{{"INSERT", "a", "", "1"}}, {{"INSERT", "a", "", "2"}}},
         {{"a", "2"}},
         "1:changed "},
        {"no images", {{{"MODIFY", "a", "", ""}}}, {{"a", "2"}}, "1:unknown "},
        {"no images, and gone", {{{"MODIFY", "a", "", ""}}}, {}, "1:changed "},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        const auto before_it = store->list({}).value();
        for (const DeadLetter& letter : before_it) {
            ASSERT_TRUE(store->remove(letter.number));
        }
        table.clear();
        for (const auto& [key, value] : row.now) {
            put(key, value);
        }
        std::vector<std::int64_t> numbers;
        std::int64_t before = 0;
        for (const auto& letter : row.letters) {
            give_up(letter);
            numbers.push_back(store->list({}).value().back().number);
            before = numbers.front() - 1;
        }
        auto progress = run({.numbers = numbers});
        for (RedriveNote& note : progress.notes) {
            note.number -= before;
        }
        EXPECT_EQ(notes(progress), row.notes);
        const auto left_over = store->list({}).value();
        EXPECT_EQ(left_over.size(), progress.skipped);
        EXPECT_EQ(run({.numbers = numbers, .force = Force::Yes}).redriven, left_over.size());
    }
}

TEST_F(RedriveTest, AChangeDuringTheDeliveryIsTold) {
    give_up({{"INSERT", "a", "", "1"}});
    put("a", "1");
    on_delivery = [this] { put("a", "2"); };
    const auto progress = run({.numbers = {1}});
    EXPECT_EQ(notes(progress), "1:changed_meanwhile ");
    EXPECT_EQ(progress.redriven, 1u);
    EXPECT_EQ(progress.notes[0].changed.keys, std::vector<std::string>{R"({"id":{"S":"a"}})"});
}

// If it fails, a redrive floods the target that has just come back.
TEST_F(RedriveTest, TheRateCountsRecords) {
    give_up({{"INSERT", "a", "", "1"}, {"INSERT", "b", "", "1"}});
    give_up({{"INSERT", "c", "", "1"}});
    give_up({{"INSERT", "d", "", "1"}});
    for (const char* key : {"a", "b", "c", "d"}) {
        put(key, "1");
    }
    const base::Instant begin = clock.instant();
    run({.numbers = {1, 2, 3}, .records_per_second = 4});
    ASSERT_EQ(times.size(), 3u);
    EXPECT_EQ(times[0] - begin, Milliseconds{0});
    EXPECT_EQ(times[1] - begin, Milliseconds{500});
    EXPECT_EQ(times[2] - begin, Milliseconds{750});
}

TEST_F(RedriveTest, RefusalsAreNoAttemptsAndEndTheRunAfterTen) {
    give_up({{"INSERT", "a", "", "1"}});
    put("a", "1");
    outcomes[1] = Outcome::Kind::NotInvoked;
    const auto progress = run({.numbers = {1}});
    EXPECT_EQ(times.size(), 10u);
    EXPECT_EQ(times[1] - times[0], Milliseconds{500});
    EXPECT_EQ(times[2] - times[1], Milliseconds{1'000});
    EXPECT_EQ(times[9] - times[8], Milliseconds{10'000});
    EXPECT_EQ(progress.error, "still no");
    EXPECT_EQ((*store->find(1))->invoke_count, 1u);
}

TEST_F(RedriveTest, ACancelledOneLeavesTheRest) {
    for (const char* key : {"a", "b", "c"}) {
        give_up({{"INSERT", key, "", "1"}});
        put(key, "1");
    }
    patience = 5;  // three while it plans, one for the first letter
    const auto progress = run({.numbers = {1, 2, 3}});
    EXPECT_TRUE(progress.cancelled);
    EXPECT_EQ(delivered, "1 ");
    EXPECT_EQ(left(), "2 3 ");
}

TEST(FunctionOutputTest, KeepsTheLastLinesOfEachFunction) {
    FunctionOutput output;
    EXPECT_EQ(output.tail("fn"), "");
    output.add("fn", "one");
    output.add("other", "x");
    output.add("fn", "two");
    EXPECT_EQ(output.tail("fn"), "one\ntwo\n");
    EXPECT_EQ(output.tail("fn:live"), "one\ntwo\n");
    for (std::size_t i = 0; i < kOutputLinesMax; ++i) {
        output.add("fn", std::to_string(i));
    }
    EXPECT_TRUE(output.tail("fn").starts_with("0\n1\n"));
    output.add("fn", std::string(kOutputBytesMax - 3, 'x'));
    EXPECT_EQ(output.tail("fn").size(), kOutputBytesMax - 2);
    output.add("fn", std::string(2 * kOutputBytesMax, 'y'));
    EXPECT_EQ(output.tail("fn").size(), kOutputBytesMax);
    EXPECT_EQ(output.tail("other"), "x\n");
}

TEST(FunctionOutputTest, ForgetsTheFunctionThatWasSilentForLongest) {
    FunctionOutput output;
    for (std::size_t i = 0; i < kOutputFunctionsMax; ++i) {
        output.add(std::to_string(i), "x");
    }
    output.add("0", "y");
    output.add("one more", "z");
    EXPECT_EQ(output.tail("0"), "x\ny\n");
    EXPECT_EQ(output.tail("1"), "");
    EXPECT_EQ(output.tail("one more"), "z\n");
}

}  // namespace
}  // namespace millbeck::runtime
