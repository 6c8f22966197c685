// The bytes of a segment: its header, which frames count, and that old ones stay readable.
#include "shardlog/segment.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/golden.hpp"
#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;

// A segment's bytes, frame by frame.
class SegmentWriter {
  public:
    explicit SegmentWriter(SegmentHeader header) : bytes(encode_segment_header(header)) {
        link = link_of(header.checksum);
        next = header.first;
        epoch = header.epoch;
    }

    void add(const std::vector<OwnDraft>& drafts) {
        std::vector<RecordDraft> views;
        for (const OwnDraft& draft : drafts) {
            views.push_back(draft.view());
        }
        const std::vector<ShardNumber> shards(views.size(), ShardNumber{5});
        link = link_of(encode_frame(bytes, views, shards,
                                    {.epoch = epoch,
                                     .link = link,
                                     .first = next,
                                     .time = base::WallTime{base::Milliseconds{1'700'000'000'000}}},
                                    bytes.size(), places));
        next = SequenceNumber{next.position() + views.size()};
    }

    std::string bytes;
    std::uint32_t link = 0;
    std::uint32_t epoch = 0;
    SequenceNumber next;
    std::vector<RecordPlace> places;
};

std::vector<std::string> frames_of(const std::string& bytes) {
    std::vector<std::string> values;
    SegmentEnd end = segment_start(parse_segment_header(bytes, "x").value());
    std::vector<RecordView> records;
    while (const auto frame = next_frame(bytes, end)) {
        EXPECT_TRUE(frame->decode(records));
        for (const RecordView& record : records) {
            values.emplace_back(record.new_image.text);
        }
    }
    return values;
}

SegmentWriter start(std::uint32_t epoch = 1, std::uint64_t first = 1, std::uint32_t salt = 0) {
    return SegmentWriter({.epoch = epoch, .first = SequenceNumber{first}, .salt = salt});
}

// If it fails, a log written today cannot be read by the next version, or this test's frames
// changed by accident. The bytes of version 1 stay in the tree for ever.
TEST(Segment, BytesStayWhatTheyWere) {
    SegmentWriter writer = start(1, 1, 0);
    OwnDraft modified = draft(StreamId{2}, 0x0123456789abcdef, R"({"k":{"S":"x"},"v":{"N":"2"}})");
    modified.event = EventName::Modify;
    modified.old_value = R"({"k":{"S":"x"},"v":{"N":"1"}})";
    writer.add({draft(StreamId{2}, 1, R"({"k":{"S":"x"},"v":{"N":"1"}})"), modified});
    OwnDraft removed = draft(kNoStream, 7, "");
    removed.event = EventName::Remove;
    removed.origin = Origin::TimeToLive;
    writer.add({removed});
    std::string hex;
    for (std::size_t i = 0; i < writer.bytes.size(); ++i) {
        hex += fmt::format("{:02x}{}", static_cast<unsigned char>(writer.bytes[i]),
                           i % 32 == 31 ? "\n" : "");
    }
    expect_golden("shardlog/segment_v1.hex", hex + "\n");
}

// If it fails, a log of an older version is refused or misread after an upgrade.
TEST(Segment, LoadsTheBytesOfVersionOne) {
    std::ifstream file(golden_folder() / "shardlog/segment_v1.hex");
    ASSERT_TRUE(file);
    std::string bytes;
    for (std::string line; std::getline(file, line);) {
        for (std::size_t i = 0; i + 1 < line.size(); i += 2) {
            bytes.push_back(static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16)));
        }
    }
    EXPECT_EQ((std::vector<std::string>{R"({"k":{"S":"x"},"v":{"N":"1"}})",
                                        R"({"k":{"S":"x"},"v":{"N":"2"}})", ""}),
              frames_of(bytes));
}

// If it fails, a foreign or damaged file is taken for a segment.
TEST(Segment, RefusesAHeaderWithAnyBitFlipped) {
    const std::string bytes = start().bytes;
    ASSERT_EQ(kSegmentHeaderBytes, bytes.size());
    ASSERT_TRUE(parse_segment_header(bytes, "x"));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        const auto header = parse_segment_header(flipped, "x");
        ASSERT_FALSE(header) << bit;
        EXPECT_EQ(Code::Corrupt, header.error().code);
    }
    EXPECT_FALSE(parse_segment_header(bytes.substr(0, 63), "x"));
}

// If it fails, intact frames of a group that was refused, or of a file's earlier life, come back.
TEST(Segment, CountsAFrameOnlyBehindTheOneItWasWrittenBehind) {
    SegmentWriter one = start();
    one.add({draft(kNoStream, 1, "a")});
    const std::size_t second = one.bytes.size();
    one.add({draft(kNoStream, 1, "b")});
    one.add({draft(kNoStream, 1, "c")});
    SegmentWriter other = start();
    other.add({draft(kNoStream, 1, "a")});
    other.add({draft(kNoStream, 1, "B")});
    ASSERT_EQ((std::vector<std::string>{"a", "b", "c"}), frames_of(one.bytes));
    std::string mixed = one.bytes;
    mixed.replace(second, other.bytes.size() - second, other.bytes.substr(second));
    EXPECT_EQ((std::vector<std::string>{"a", "B"}), frames_of(mixed));
}

// If it fails, what an epoch left behind a torn frame passes for newer than what replaced it.
TEST(Segment, StopsAtALowerEpoch) {
    SegmentWriter writer = start(5);
    writer.add({draft(kNoStream, 1, "a")});
    writer.epoch = 6;
    writer.add({draft(kNoStream, 1, "b")});
    writer.epoch = 5;
    writer.add({draft(kNoStream, 1, "c")});
    EXPECT_EQ((std::vector<std::string>{"a", "b"}), frames_of(writer.bytes));
}

// If it fails, a missing frame in the middle is a silent gap.
TEST(Segment, StopsAtAnUnexpectedPosition) {
    SegmentWriter writer = start();
    writer.add({draft(kNoStream, 1, "a")});
    writer.next = writer.next.next();
    writer.add({draft(kNoStream, 1, "b")});
    EXPECT_EQ(std::vector<std::string>{"a"}, frames_of(writer.bytes));
}

// If it fails, a file that lived before under the same first position shows its old frames.
TEST(Segment, FirstFrameBelongsToItsHeader) {
    SegmentWriter old_life = start(1, 1, 0);
    old_life.add({draft(kNoStream, 1, "old")});
    SegmentWriter new_life = start(1, 1, 1);
    std::string mixed = old_life.bytes;
    mixed.replace(0, new_life.bytes.size(), new_life.bytes);
    EXPECT_TRUE(frames_of(mixed).empty());
}

}  // namespace
}  // namespace millbeck::tests
