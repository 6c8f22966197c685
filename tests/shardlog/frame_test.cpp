// The bytes of one atomic commit.
#include "shardlog/frame.hpp"

#include <gtest/gtest.h>

#include "tests/support/golden.hpp"
#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;

struct Encoded {
    std::string bytes;
    std::vector<RecordPlace> places;
    std::uint64_t checksum = 0;
};

Encoded encode(const std::vector<OwnDraft>& drafts, const FrameStamp& stamp,
               std::uint64_t offset = 0) {
    std::vector<RecordDraft> views;
    std::vector<ShardNumber> shards;
    for (const OwnDraft& draft : drafts) {
        views.push_back(draft.view());
        shards.push_back(ShardNumber{draft.stream.value()});  // any number will do
    }
    Encoded encoded;
    encoded.bytes.assign(offset, '#');
    encoded.checksum = encode_frame(encoded.bytes, views, shards, stamp, offset, encoded.places);
    EXPECT_EQ(encoded.bytes.size() - offset, frame_bytes(views));
    return encoded;
}

const FrameStamp kStamp{.epoch = 3,
                        .link = 0xabcd,
                        .first = SequenceNumber{41},
                        .time = base::WallTime{base::Milliseconds{1'700'000'000'123}}};

// If it fails, what a reader gets is not what the writer gave.
TEST(Frame, GivesBackItsRecords) {
    OwnDraft removed = draft(StreamId{9}, 2, "");
    removed.event = EventName::Remove;
    removed.old_value = "gone";
    const Encoded encoded = encode({draft(StreamId{9}, 1, "new"), removed}, kStamp, 64);
    const auto frame = FrameView::parse(encoded.bytes, 64);
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(3u, frame->header().epoch);
    EXPECT_EQ(0xabcdu, frame->header().link);
    EXPECT_EQ(SequenceNumber{41}, frame->first());
    EXPECT_EQ(SequenceNumber{42}, frame->last());
    std::vector<RecordView> records;
    ASSERT_TRUE(frame->decode(records));
    ASSERT_EQ(2u, records.size());
    EXPECT_EQ("new", records[0].new_image.text);
    EXPECT_EQ(kStamp.time, records[0].time);
    EXPECT_EQ(EventName::Remove, records[1].event);
    EXPECT_EQ("gone", records[1].old_image.text);
    EXPECT_FALSE(records[1].new_image.present());
    EXPECT_EQ(SequenceNumber{42}, records[1].sequence);
}

// If it fails, an index leads to the middle of a record.
TEST(Frame, SaysWhereEachRecordStands) {
    const Encoded encoded =
        encode({draft(StreamId{9}, 1, "a"), draft(kNoStream, 1, "b"), draft(StreamId{9}, 1, "c")},
               kStamp, 128);
    ASSERT_EQ(2u, encoded.places.size());
    EXPECT_EQ(41u, encoded.places[0].position);
    EXPECT_EQ(43u, encoded.places[1].position);
    for (const RecordPlace& place : encoded.places) {
        const auto header = peek_record(encoded.bytes, place.offset);
        ASSERT_TRUE(header.has_value());
        EXPECT_EQ(place.offset - 128u, header->frame_distance);
        EXPECT_EQ(9u, header->shard);
    }
}

// If it fails, a torn write passes for a commit.
TEST(Frame, IsNoFrameWhenCutAnywhere) {
    const Encoded encoded = encode({draft(StreamId{1}, 1, "some text")}, kStamp);
    for (std::size_t length = 0; length < encoded.bytes.size(); ++length) {
        EXPECT_FALSE(FrameView::parse(encoded.bytes.substr(0, length), 0)) << length;
        std::string zeroed = encoded.bytes;
        zeroed.replace(length, std::string::npos, encoded.bytes.size() - length, '\0');
        EXPECT_EQ(zeroed == encoded.bytes, FrameView::parse(zeroed, 0).has_value()) << length;
    }
}

// If it fails, a rotten bit is handed to a client as data.
TEST(Frame, IsNoFrameWithAnyBitFlipped) {
    const Encoded encoded = encode({draft(StreamId{1}, 1, "some text")}, kStamp);
    for (std::size_t bit = 0; bit < encoded.bytes.size() * 8; ++bit) {
        std::string flipped = encoded.bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(FrameView::parse(flipped, 0)) << bit;
    }
}

// If it fails, bytes that somebody made up, with a right checksum, are read beyond their end.
TEST(Frame, IsNoFrameOutsideOfTheSegment) {
    const Encoded encoded = encode({draft(StreamId{1}, 1, "some text")}, kStamp);
    EXPECT_FALSE(FrameView::parse(encoded.bytes, encoded.bytes.size()));
    EXPECT_FALSE(FrameView::parse(encoded.bytes, encoded.bytes.size() + 1));
    EXPECT_FALSE(FrameView::parse(encoded.bytes, ~std::uint64_t{0}));
    const auto frame = FrameView::parse(encoded.bytes, 0);
    ASSERT_TRUE(frame.has_value());
    for (std::uint64_t offset = 0; offset < encoded.bytes.size() + 8; ++offset) {
        EXPECT_EQ(offset == sizeof(FrameHeader), frame->record_at(offset).has_value()) << offset;
    }
}

}  // namespace
}  // namespace millbeck::tests
