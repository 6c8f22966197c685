// Failed syncs, full disks, failed writes: what the log says, and what it never does.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;
using base::FileCall;

class LogFaults : public ::testing::Test {
  protected:
    void SetUp() override { test.must_open(); }

    // A record that fills half a segment.
    static OwnDraft large(std::string value) {
        OwnDraft draft = tests::draft(kNoStream, 1, std::move(value));
        draft.old_value = std::string(30'000, 'x');
        return draft;
    }

    LogHarness test;
};

// If it fails, writes are acknowledged on a disk whose content nobody knows.
TEST_F(LogFaults, AFailedSyncEndsEverything) {
    const Stream stream = test.stream();
    const ShardNumber shard = test.log->shards(stream.id).front().id.number();
    test.commit({draft(stream.id, 1, "a")});
    ASSERT_TRUE(test.append({draft(stream.id, 1, "b")}));
    test.files.inject({.call = FileCall::Sync});
    const base::Status failed = test.log->sync();
    ASSERT_FALSE(failed);
    EXPECT_EQ(Code::Io, failed.error().code);
    EXPECT_NE(std::string::npos, failed.error().message.find("what is on disk is unknown"));
    test.log->discard();
    EXPECT_EQ(Code::Io, test.append({draft(stream.id, 1, "c")}).error().code);
    EXPECT_EQ(Code::Io, test.log->sync().error().code);
    EXPECT_EQ(Code::Io, test.log->read(shard, {}, {}).error().code);
    EXPECT_EQ(Code::Io,
              test.log->scan({}, [](const CommitView&) { return base::Status{}; }).error().code);
    EXPECT_EQ(Code::Io, test.log->maintain().error().code);
    EXPECT_EQ(Code::Io, test.log->roll_shard(shard).error().code);
    EXPECT_EQ(SequenceNumber{2}, test.log->latest()) << "nothing of the group was shown";
    test.must_open();
    EXPECT_EQ("a", test.all_values().front());
}

// If it fails, a write that failed half-way is taken for written.
TEST_F(LogFaults, AFailedWriteEndsEverythingToo) {
    ASSERT_TRUE(test.append({draft(kNoStream, 1, "a")}));
    test.files.inject({.call = FileCall::Write, .torn_bytes = 30});
    EXPECT_EQ(Code::Io, test.log->sync().error().code);
    EXPECT_EQ(Code::Io, test.append({draft(kNoStream, 1, "b")}).error().code);
    test.must_open();
    EXPECT_TRUE(test.all_values().empty());
    EXPECT_EQ(SequenceNumber{1}, test.commit({draft(kNoStream, 1, "c")}));
}

// If it fails, a full disk loses writes, leaves a gap, or stops the node for good.
TEST_F(LogFaults, AFullDiskRefusesTheGroupAndGoesOnLater) {
    test.commit({large("a")});
    test.files.set_free_bytes(0);
    ASSERT_TRUE(test.append({large("b")})) << "this one still fits";
    const auto refused = test.append({large("c")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(Code::NoSpace, refused.error().code);
    test.log->discard();
    EXPECT_EQ(SequenceNumber{2}, test.log->next_sequence());
    test.commit({draft(kNoStream, 1, "small")});
    ASSERT_TRUE(test.append({large("d")}));
    EXPECT_FALSE(test.append({large("d")}));
    test.log->discard();
    test.files.set_free_bytes_unlimited();
    EXPECT_EQ(SequenceNumber{3}, test.commit({large("e"), draft(kNoStream, 1, "f")}));
    const std::vector<std::string> wanted = {"a", "small", "e", "f"};
    EXPECT_EQ(wanted, test.all_values());
    test.must_open();
    EXPECT_EQ(wanted, test.all_values());
    EXPECT_EQ(SequenceNumber{5}, test.log->next_sequence());
}

// If it fails, an operator learns of a full disk from his users, or from a thousand lines a second;
// or the node stays out of service after there is room.
TEST_F(LogFaults, SaysOnceThatTheDiskIsFullAndOnceThatItIsNot) {
    const auto refusing = [&] {
        const bool shown = test.metrics->gauge("millbeck_shardlog_out_of_space", "").value() == 1;
        EXPECT_EQ(shown, !test.log->stats().out_of_space.empty());
        return shown;
    };
    test.commit({large("a")});
    EXPECT_FALSE(refusing());
    test.files.set_free_bytes(0);
    testing::internal::CaptureStderr();
    test.commit({large("b")});
    EXPECT_FALSE(refusing()) << "nothing was refused yet";
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(test.append({large("c")}));
        test.log->discard();
        EXPECT_TRUE(refusing());
        test.commit({draft(kNoStream, 1, "small")});
        EXPECT_TRUE(refusing()) << "there is still no room for the next large one";
        const base::Status maintained = test.log->maintain();
        ASSERT_FALSE(maintained);
        EXPECT_EQ(
            "maintain the log: prepare the next segment: there is no room for the next "
            "segment, 65536 bytes in " +
                test.path().native(),
            maintained.error().message);
    }
    EXPECT_NE(std::string::npos,
              test.log->stats().out_of_space.find("make room for " + test.path().native()));
    test.files.set_free_bytes_unlimited();
    test.must_maintain();
    EXPECT_FALSE(refusing());
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_EQ(2, std::count(said.begin(), said.end(), '\n')) << said;
    EXPECT_NE(std::string::npos, said.find("level=error room=shardlog msg=\"writes are refused"));
    EXPECT_NE(std::string::npos, said.find("writes are taken again"));
    test.commit({large("c")});
}

// The same where the next segment is there already and it is the present one that cannot be
// written: a limit on file sizes, or a file system that copies what it overwrites. If it fails,
// such a disk ends the process instead of refusing writes.
TEST_F(LogFaults, ADiskThatTakesNotOneByteRefusesAndGoesOnLater) {
    test.commit({draft(kNoStream, 1, "a")});
    test.must_maintain();
    ASSERT_EQ(1u, test.names(".spare").size());
    test.files.inject(
        {.call = FileCall::Write, .code = Code::NoSpace, .times = base::Fault::kForever});
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(test.append({draft(kNoStream, 1, "b")}));
        EXPECT_EQ(Code::NoSpace, test.log->sync().error().code);
        test.log->discard();
        EXPECT_EQ(Code::NoSpace, test.log->maintain().error().code);
        EXPECT_NE("", test.log->stats().out_of_space);
    }
    test.files.clear_faults();
    test.must_maintain();
    EXPECT_EQ("", test.log->stats().out_of_space);
    EXPECT_TRUE(test.names(".new").empty()) << "what proved the room is gone again";
    test.commit({draft(kNoStream, 1, "c")});
    test.must_open();
    EXPECT_EQ((std::vector<std::string>{"a", "c"}), test.all_values());
}

// If it fails, frames of a refused group that did reach the disk come back after a restart,
// behind the group that was written over them.
TEST_F(LogFaults, ARefusedGroupNeverComesBack) {
    test.commit({draft(kNoStream, 1, "a")});
    for (const char* value : {"b", "c", "d"}) {
        ASSERT_TRUE(test.append({draft(kNoStream, 1, value)}));
    }
    // All its bytes arrive, and the write still says that the disk is full.
    test.files.inject({.call = FileCall::Write, .code = Code::NoSpace, .torn_bytes = 1u << 20});
    EXPECT_EQ(Code::NoSpace, test.log->sync().error().code);
    test.log->discard();
    EXPECT_EQ(SequenceNumber{2}, test.log->next_sequence());
    test.must_open();
    EXPECT_EQ(std::vector<std::string>{"a"}, test.all_values());
    // The same once more, and a frame of the same length over the first of them.
    for (const char* value : {"b", "c", "d"}) {
        ASSERT_TRUE(test.append({draft(kNoStream, 1, value)}));
    }
    test.files.inject({.call = FileCall::Write, .code = Code::NoSpace, .torn_bytes = 1u << 20});
    EXPECT_FALSE(test.log->sync());
    test.log->discard();
    test.commit({draft(kNoStream, 1, "X")});
    test.must_open();
    EXPECT_EQ((std::vector<std::string>{"a", "X"}), test.all_values());
}

// If it fails, a group over two segments is half committed, or its segment stays behind and blocks
// the next start.
TEST_F(LogFaults, AGroupOverTwoSegmentsIsRefusedAsAWhole) {
    test.commit({large("a")});
    ASSERT_TRUE(test.append({large("b")}));
    ASSERT_TRUE(test.append({large("c")}));
    ASSERT_EQ(2u, test.names(".seg").size());
    test.files.inject({.call = FileCall::Write,
                       .code = Code::NoSpace,
                       .name_part = ".new",  // the second segment, by the name it was made under
                       .torn_bytes = 1u << 20});
    EXPECT_EQ(Code::NoSpace, test.log->sync().error().code);
    test.log->discard();
    EXPECT_EQ(1u, test.names(".seg").size());
    EXPECT_EQ(SequenceNumber{2}, test.log->next_sequence());
    EXPECT_EQ(std::vector<std::string>{"a"}, test.all_values());
    test.must_open();
    EXPECT_EQ(std::vector<std::string>{"a"}, test.all_values());
    for (const char* value : {"d", "e", "f"}) {
        test.commit({large(value)});
    }
    test.must_open();
    EXPECT_EQ((std::vector<std::string>{"a", "d", "e", "f"}), test.all_values());
}

// If it fails, a group that was refused once cannot be written when there is space again.
TEST_F(LogFaults, ASyncWithoutSpaceMayBeTriedAgain) {
    ASSERT_TRUE(test.append({draft(kNoStream, 1, "a")}));
    test.files.inject({.call = FileCall::Write, .code = Code::NoSpace, .torn_bytes = 50});
    EXPECT_EQ(Code::NoSpace, test.log->sync().error().code);
    ASSERT_TRUE(test.log->sync());
    test.log->publish();
    EXPECT_EQ(std::vector<std::string>{"a"}, test.all_values());
    test.must_open();
    EXPECT_EQ(std::vector<std::string>{"a"}, test.all_values());
}

// If it fails, an operation that failed to make its segment leaves the log in between.
TEST_F(LogFaults, ASegmentThatCannotBeMadeLeavesNothingBehind) {
    test.commit({large("a"), draft(kNoStream, 1, "b")});
    for (const FileCall call : {FileCall::Open, FileCall::Reserve, FileCall::Write, FileCall::Sync,
                                FileCall::Rename, FileCall::SyncFolder}) {
        ASSERT_TRUE(test.append({large("first of the group")}));
        test.files.inject({.call = call});
        const auto refused = test.append({large("c")});
        ASSERT_FALSE(refused) << static_cast<int>(call);
        EXPECT_EQ(Code::Io, refused.error().code);
        test.log->discard();
        EXPECT_EQ(1u, test.names(".seg").size()) << static_cast<int>(call);
        EXPECT_TRUE(test.names(".new").empty()) << static_cast<int>(call);
    }
    test.commit({large("d")});
    test.commit({large("e")});
    test.must_open();
    EXPECT_EQ((std::vector<std::string>{"a", "b", "d", "e"}), test.all_values());
}

// If it fails, maintaining on a full disk breaks writing, or never recovers.
TEST_F(LogFaults, MaintainSaysThatTheDiskIsFullAndTriesAgain) {
    test.commit({draft(kNoStream, 1, "a")});
    test.files.set_free_bytes(1000);
    const base::Status full = test.log->maintain();
    ASSERT_FALSE(full);
    EXPECT_EQ(Code::NoSpace, full.error().code);
    EXPECT_TRUE(test.names(".new").empty());
    test.commit({draft(kNoStream, 1, "b")});
    test.files.set_free_bytes_unlimited();
    test.must_maintain();
    EXPECT_EQ(1u, test.names(".spare").size());
}

}  // namespace
}  // namespace millbeck::tests
