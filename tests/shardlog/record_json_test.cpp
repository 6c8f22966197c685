// The bytes clients and handlers get. If these fail, somebody's parser breaks.
#include "shardlog/record_json.hpp"

#include <array>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/golden.hpp"

namespace millbeck::shardlog {
namespace {

constexpr std::string_view kArn =
    "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2015-05-11T21:21:33.291";
constexpr std::string_view kKeys = R"({"id":{"S":"o-1"}})";
constexpr std::string_view kNew = R"({"id":{"S":"o-1"},"total":{"N":"42"}})";
constexpr std::string_view kOld = R"({"id":{"S":"o-1"},"total":{"N":"7"}})";

RecordView sample(EventName event) {
    RecordView record;
    record.sequence = SequenceNumber{1234};
    record.time = base::WallTime{base::Milliseconds{1'678'831'218'999}};
    record.event = event;
    record.keys = {kKeys, 5};
    record.new_image = event == EventName::Remove ? ItemView{} : ItemView{kNew, 12};
    record.old_image = event == EventName::Insert ? ItemView{} : ItemView{kOld, 12};
    return record;
}

RecordContext context_of(StreamViewType view, RecordFlavour flavour) {
    return {.region = "us-east-1", .stream_arn = kArn, .view_type = view, .flavour = flavour};
}

std::string json_of(const RecordView& record, const RecordContext& context) {
    std::string json;
    append_record_json(json, record, context);
    return json;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

constexpr std::array kViews{StreamViewType::KeysOnly, StreamViewType::NewImage,
                            StreamViewType::OldImage, StreamViewType::NewAndOldImages};
constexpr std::array kEvents{EventName::Insert, EventName::Modify, EventName::Remove};
constexpr std::array kFlavours{RecordFlavour::Streams, RecordFlavour::Lambda};

std::string flavour_name(RecordFlavour flavour) {
    return flavour == RecordFlavour::Streams ? "streams" : "lambda";
}

TEST(RecordJson, OfEveryViewEventAndFlavourIsGolden) {
    for (const RecordFlavour flavour : kFlavours) {
        for (const StreamViewType view : kViews) {
            for (const EventName event : kEvents) {
                const std::string name = flavour_name(flavour) + "_" + lower(to_string(view)) +
                                         "_" + lower(to_string(event)) + ".json";
                tests::expect_golden("record_json/" + name,
                                     json_of(sample(event), context_of(view, flavour)) + "\n");
            }
        }
    }
}

TEST(RecordJson, OfAnExpiredItemNamesTheService) {
    RecordView record = sample(EventName::Remove);
    record.origin = Origin::TimeToLive;
    for (const RecordFlavour flavour : kFlavours) {
        tests::expect_golden(
            "record_json/" + flavour_name(flavour) + "_time_to_live.json",
            json_of(record, context_of(StreamViewType::NewAndOldImages, flavour)) + "\n");
    }
}

// A history may ask for old images a stream does not show.
TEST(RecordJson, ShowsOnlyWhatTheViewShows) {
    const std::string json = json_of(sample(EventName::Modify),
                                     context_of(StreamViewType::KeysOnly, RecordFlavour::Lambda));
    EXPECT_EQ(json.find("Image\""), std::string::npos) << json;
    EXPECT_NE(json.find("\"SizeBytes\":5,"), std::string::npos) << json;
}

// Readers drop duplicates by eventID: it must not depend on who reads, and never collide.
TEST(RecordJson, EventIdIsOfStreamAndPositionOnly) {
    const auto id_of = [](const RecordView& record, const RecordContext& context) {
        return json_of(record, context).substr(12, 32);
    };
    RecordView record = sample(EventName::Insert);
    const RecordContext streams = context_of(StreamViewType::NewImage, RecordFlavour::Streams);
    const std::string id = id_of(record, streams);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
    EXPECT_EQ(id, id_of(sample(EventName::Remove),
                        context_of(StreamViewType::KeysOnly, RecordFlavour::Lambda)));
    std::set<std::string> seen{id};
    RecordContext other = streams;
    other.stream_arn = kArn.substr(0, kArn.size() - 1);
    EXPECT_TRUE(seen.insert(id_of(record, other)).second);
    for (int i = 0; i < 1'000; ++i) {
        record.sequence = record.sequence.next();
        EXPECT_TRUE(seen.insert(id_of(record, streams)).second);
    }
}

TEST(RecordJson, SizeBoundHolds) {
    for (const RecordFlavour flavour : kFlavours) {
        for (const StreamViewType view : kViews) {
            for (const EventName event : kEvents) {
                RecordView record = sample(event);
                record.origin = Origin::TimeToLive;
                record.sequence = SequenceNumber::max();
                record.time = base::WallTime::max();
                record.keys.size_bytes = ~std::uint32_t{0};
                record.new_image.size_bytes = ~std::uint32_t{0};
                record.old_image.size_bytes = ~std::uint32_t{0};
                const RecordContext context = context_of(view, flavour);
                EXPECT_LE(json_of(record, context).size(), record_json_size_max(record, context));
            }
        }
    }
}

TEST(RecordJson, AppendsAfterWhatIsThere) {
    std::string json = "[";
    append_record_json(json, sample(EventName::Insert),
                       context_of(StreamViewType::NewImage, RecordFlavour::Streams));
    EXPECT_TRUE(json.starts_with("[{\"eventID\":\"")) << json;
}

}  // namespace
}  // namespace millbeck::shardlog
