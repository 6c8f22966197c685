#include "runtime/pin_book.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/log_harness.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Milliseconds;
using shardlog::SequenceNumber;

class PinBookTest : public ::testing::Test {
  protected:
    void SetUp() override {
        log.must_open();
        stream = log.stream(1);
        open();
    }
    ~PinBookTest() override { book.reset(); }

    void open() {
        book.reset();
        auto opened = PinBook::open(folder.path() / "pins.db", *log.log);
        ASSERT_TRUE(opened) << opened.error().message;
        book = std::move(*opened);
    }
    base::Status add(const std::string& name, SequenceNumber from) {
        return book->add({.name = name, .from = from, .made = log.clock.wall(), .reason = "why"});
    }
    // A sealed segment that is past retention and needed by no table.
    void seal_and_age() {
        log.fill_segment(tests::draft(stream.id, 0, "x"));
        log.log->release(log.log->stats().published);
        log.clock.advance(Milliseconds{25 * 3'600'000});
        log.must_maintain();
    }
    SequenceNumber first() { return log.log->stats().first; }

    tests::TempFolder folder;
    tests::LogHarness log;
    shardlog::Stream stream;
    std::unique_ptr<PinBook> book;
};

// If it fails, what somebody wished to keep is gone after a day, or after a restart.
TEST_F(PinBookTest, WhatIsPinnedStaysAlsoAfterARestart) {
    log.commit({tests::draft(stream.id, 0, "old")});
    ASSERT_TRUE(add("keep", SequenceNumber{1}));
    seal_and_age();
    EXPECT_EQ(first(), SequenceNumber{1});
    book.reset();
    log.must_open();
    open();
    log.log->release(log.log->stats().published);
    log.must_maintain();
    EXPECT_EQ(first(), SequenceNumber{1});
    const auto pins = book->all();
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].name, "keep");
    EXPECT_EQ(pins[0].reason, "why");
    EXPECT_EQ(log.log->pins().at(0).owner, "pin \"keep\"");
    ASSERT_TRUE(book->remove("keep"));
    log.must_maintain();
    EXPECT_LT(SequenceNumber{1}, first());
    open();
    EXPECT_TRUE(book->all().empty());
}

TEST_F(PinBookTest, WhatIsGoneCannotBePinned) {
    seal_and_age();
    ASSERT_LT(SequenceNumber{1}, first());
    const auto late = add("keep", SequenceNumber{1});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::Trimmed);
    EXPECT_TRUE(late.error().message.starts_with("the log does not reach back to 10000"));
    EXPECT_TRUE(book->all().empty());
    EXPECT_TRUE(log.log->pins().empty());
    open();
    EXPECT_TRUE(book->all().empty());
    EXPECT_TRUE(add("keep", first()));
}

TEST_F(PinBookTest, NamesAreSaidToBeWrongAndPinsAreLimited) {
    for (const std::string& name : {std::string(), std::string("a b"), std::string("a/b"),
                                    std::string(kPinNameMax + 1, 'a')}) {
        EXPECT_EQ(add(name, SequenceNumber{1}).error().code, Code::Invalid) << name;
    }
    EXPECT_EQ(book->add({.name = "a",
                         .from = SequenceNumber{1},
                         .reason = std::string(kPinReasonMax + 1, 'x')})
                  .error()
                  .code,
              Code::Invalid);
    EXPECT_EQ(book->remove("a").error().code, Code::NotFound);
    ASSERT_TRUE(add("a", SequenceNumber{1}));
    EXPECT_EQ(add("a", SequenceNumber{1}).error().code, Code::InUse);
    for (std::size_t i = 1; i < kPinsMax; ++i) {
        ASSERT_TRUE(add(std::to_string(i), log.log->latest()));
    }
    EXPECT_EQ(add("b", SequenceNumber{1}).error().code, Code::LimitExceeded);
}

}  // namespace
}  // namespace millbeck::runtime
