// The contract of sinks/copy_reader.hpp as tests: every sink that can be read back runs them.
//
//     class MyTarget : public CopyTarget { ... };
//     INSTANTIATE_TEST_SUITE_P(MySink, CopyContract, testing::Values(&make_copy<MyTarget>));
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "sinks/copy_reader.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/sink.hpp"
#include "tests/sinks/batches.hpp"

namespace millbeck::sinks {

// Outlives its sinks.
class CopyTarget {
  public:
    virtual ~CopyTarget() = default;
    virtual std::unique_ptr<Sink> open() = 0;
};

using MakeCopy = std::unique_ptr<CopyTarget> (*)();

template <typename Target>
std::unique_ptr<CopyTarget> make_copy() {
    return std::make_unique<Target>();
}

class CopyContract : public testing::TestWithParam<MakeCopy> {
  protected:
    using Contents = std::map<std::string, std::string>;  // key -> content

    void SetUp() override {
        sink = target->open();
        ASSERT_NE(sink->copy_reader(), nullptr);
        if (auto* keeper = sink->position_keeper(); keeper != nullptr) {
            const auto begun = keeper->begin(kGeneration, soon());
            ASSERT_TRUE(begun) << begun.error().message;
        }
    }

    [[nodiscard]] base::Instant soon() const { return clock.instant() + std::chrono::seconds{60}; }

    void deliver(std::vector<MadeMessage> messages, Content content = Content::Changes) {
        const std::string position = messages.back().id;
        const Outcome outcome = sink->deliver(
            batch_of({.messages = std::move(messages),
                      .content = content,
                      .shard_id = content == Content::Rows ? "rows" : "shard",
                      .generation = sink->position_keeper() != nullptr ? kGeneration : "",
                      .position = position}),
            soon());
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }

    // Of a table with these images.
    Contents expected(const std::vector<MadeMessage>& rows) {
        Contents contents;
        const Batch batch = batch_of({.messages = rows, .content = Content::Rows});
        for (const Message& row : batch.messages) {
            const auto copied = sink->copy_reader()->expected(row);
            EXPECT_TRUE(copied) << copied.error().message;
            if (copied && copied->has_value()) {
                EXPECT_TRUE(contents.emplace((*copied)->key, (*copied)->content).second);
            }
            const auto derived = sink->copy_reader()->derived(row.key, row.new_image);
            EXPECT_TRUE(derived) << derived.error().message;
            for (const DerivedRow& each : derived.value_or(std::vector<DerivedRow>{})) {
                EXPECT_TRUE(each.content) << each.key;
                EXPECT_TRUE(contents.emplace(each.key, each.content.value_or("")).second);
            }
        }
        return contents;
    }

    Contents scanned() {
        Contents contents;
        const auto done = sink->copy_reader()->scan(
            [&](CopiedRow row) -> base::Status {
                EXPECT_TRUE(contents.emplace(row.key, row.content).second) << row.key << " twice";
                return {};
            },
            soon());
        EXPECT_TRUE(done) << done.error().message;
        return contents;
    }

    static MadeMessage row(const std::string& sequence, const std::string& id,
                           const std::string& more = "") {
        return {.id = sequence,
                .key = key_of(id),
                .new_image = R"({"id":{"S":")" + id + R"("})" + more + "}"};
    }
    static MadeMessage changed(MadeMessage message) {
        message.event = Event::Modify;
        return message;
    }
    static MadeMessage removed(const std::string& sequence, const std::string& id) {
        return {.id = sequence,
                .key = key_of(id),
                .new_image = "",
                .old_image = R"({"id":{"S":")" + id + R"("}})",
                .event = Event::Remove};
    }

    static inline const std::string kGeneration = "g-1";
    base::SystemClock clock;
    std::unique_ptr<CopyTarget> target = GetParam()();
    std::unique_ptr<Sink> sink;
};

// If it fails, `millbeck verify` reports differences that are none.
TEST_P(CopyContract, HoldsWhatIsExpectedAfterRowsAndChanges) {
    EXPECT_EQ(scanned(), Contents{});
    const std::string odd =
        R"(,"b":{"B":"AAEC"},"l":{"L":[{"N":"1"},{"M":{"x":{"S":"\"y\"\n"}}}]},"n":{"N":"-1.5"},)"
        R"("no":{"NULL":true},"s":{"SS":["a","b"]},"t":{"S":"grün : % { } , \" '"},)"
        R"("yes":{"BOOL":true})";
    deliver({row("50", "a"), row("50", "b", odd), row("50", "c", R"(,"n":{"N":"1"})")},
            Content::Rows);
    EXPECT_EQ(scanned(),
              expected({row("50", "a"), row("50", "b", odd), row("50", "c", R"(,"n":{"N":"1"})")}));
    deliver({changed(row("60", "a", R"(,"n":{"N":"12345678901234567890123456789012345678"})")),
             removed("61", "b"), row("62", "d", odd), changed(row("63", "c"))});
    EXPECT_EQ(scanned(),
              expected({row("70", "a", R"(,"n":{"N":"12345678901234567890123456789012345678"})"),
                        row("70", "c"), row("70", "d", odd)}));
}

// If it fails, keys that look alike are one row at the target.
TEST_P(CopyContract, OddKeysStayApart) {
    std::vector<MadeMessage> rows;
    for (const std::string id :
         {"a", "a:b", "a%3Ab", "a b", "{a}", "a*", "ä", "[a]", "a?b", "a/b", "a\\\\b", "%", "A"}) {
        rows.push_back(row("10", id, R"(,"v":{"S":"of )" + id + R"("})"));
    }
    deliver(rows, Content::Rows);
    const Contents all = expected(rows);
    EXPECT_EQ(all.size(), rows.size());
    EXPECT_EQ(scanned(), all);
}

TEST_P(CopyContract, ReadsMoreThanAPage) {
    std::vector<MadeMessage> rows;
    for (int i = 0; i < 5'000; ++i) {
        rows.push_back(row("10", "row-" + std::to_string(i)));
    }
    deliver(rows, Content::Rows);
    EXPECT_EQ(scanned(), expected(rows));
}

TEST_P(CopyContract, RemovesRowsThatAreInNoTable) {
    deliver({row("10", "a"), row("10", "b"), row("10", "c")}, Content::Rows);
    const auto done = sink->copy_reader()->remove({key_of("a"), key_of("c"), key_of("x")}, soon());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(scanned(), expected({row("10", "b")}));
}

TEST_P(CopyContract, StopsAtTheVisitorsError) {
    deliver({row("10", "a"), row("10", "b")}, Content::Rows);
    int visits = 0;
    const auto done = sink->copy_reader()->scan(
        [&](const CopiedRow&) -> base::Status {
            ++visits;
            return base::fail(base::Code::Cancelled, "enough");
        },
        soon());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message, "enough");
    EXPECT_EQ(visits, 1);
}

}  // namespace millbeck::sinks
