// Records are filtered as if their text were made, which it is not.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "shardlog/record_json.hpp"
#include "triggers/filter/event_filter.hpp"

namespace millbeck::triggers::filter {
namespace {

using shardlog::EventName;
using shardlog::RecordView;
using shardlog::StreamViewType;

constexpr const char* kArn = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l";

RecordView change() {
    RecordView view;
    view.sequence = shardlog::SequenceNumber{42};
    view.time = base::WallTime{base::Milliseconds{1'700'000'000'999}};
    view.event = EventName::Modify;
    view.keys = {R"({"id":{"S":"k1"}})", 4};
    view.new_image = {R"({"id":{"S":"k1"},"n":{"N":"101"},"o":{"M":{"s":{"S":"open\n"}}},)"
                      R"("tags":{"L":[{"S":"x"},{"M":{"a":{"S":"1"},"b":{"S":"2"}}}]}})",
                      50};
    view.old_image = {R"({"id":{"S":"k1"},"gone":{"NULL":true},"n":{"N":"7"}})", 20};
    return view;
}

bool match(const std::string& pattern, const RecordView& record,
           StreamViewType view_type = StreamViewType::NewAndOldImages) {
    const auto criteria =
        std::make_shared<const FilterCriteria>(FilterCriteria::parse({pattern}).value());
    const bool found =
        RecordFilter(criteria, {.region = "us-east-1", .stream_arn = kArn, .view_type = view_type})
            .matches(record);
    std::string text;
    shardlog::append_record_json(text, record,
                                 {.region = "us-east-1",
                                  .stream_arn = kArn,
                                  .view_type = view_type,
                                  .flavour = shardlog::RecordFlavour::Lambda});
    EXPECT_EQ(EventFilter(criteria).matches(text), found) << pattern << " on " << text;
    return found;
}

struct Row {
    const char* pattern;
    bool matches;
};

// If it fails, a pattern that works on AWS drops every change here, or lets every one through.
TEST(RecordFilter, SeesEveryMemberOfARecord) {
    constexpr Row kRows[] = {
        {R"({"eventName":["INSERT","MODIFY"]})", true},
        {R"({"eventName":["INSERT"]})", false},
        {R"({"eventSource":["aws:dynamodb"]})", true},
        {R"({"eventSource":["aws:kinesis"]})", false},
        {R"({"eventVersion":["1.1"],"awsRegion":["us-east-1"]})", true},
        {R"({"awsRegion":[{"prefix":"eu-"}]})", false},
        {R"({"eventID":[{"wildcard":"*"}]})", true},
        {R"({"userIdentity":{"type":[{"exists":false}]}})", true},
        {R"({"userIdentity":{"type":["Service"]}})", false},
        {R"({"dynamodb":{"ApproximateCreationDateTime":[1700000000]}})", true},
        {R"({"dynamodb":{"ApproximateCreationDateTime":[{"numeric":[">",1600000000]}]}})", true},
        {R"({"dynamodb":{"ApproximateCreationDateTime":[{"numeric":["<",1600000000]}]}})", false},
        {R"({"dynamodb":{"SequenceNumber":["100000000000000000042"]}})", true},
        {R"({"dynamodb":{"SizeBytes":[74]}})", true},
        {R"({"dynamodb":{"SizeBytes":[{"numeric":["<",74]}]}})", false},
        {R"({"dynamodb":{"StreamViewType":["NEW_AND_OLD_IMAGES"]}})", true},
        {R"({"dynamodb":{"Keys":{"id":{"S":["k1"]}}}})", true},
        {R"({"dynamodb":{"Keys":{"id":{"S":["k2"]}}}})", false},
        {R"({"dynamodb":{"NewImage":{"o":{"M":{"s":{"S":["open\n"]}}}}}})", true},
        // The type is part of the way, and numbers are text. Recorded on AWS.
        {R"({"dynamodb":{"Keys":{"id":["k1"]}}})", false},
        {R"({"dynamodb":{"NewImage":{"n":{"N":["101"]}}}})", true},
        {R"({"dynamodb":{"NewImage":{"n":{"N":[101]}}}})", false},
        {R"({"dynamodb":{"NewImage":{"n":{"N":[{"numeric":[">",100]}]}}}})", false},
        {R"({"dynamodb":{"NewImage":{"n":{"N":[{"anything-but":"7"}]}},"OldImage":{"n":{"N":["7"]}}}})",
         true},
        {R"({"dynamodb":{"OldImage":{"gone":{"NULL":[true]}},"NewImage":{"gone":{"NULL":[{"exists":false}]}}}})",
         true},
        // Elements of a list.
        {R"({"dynamodb":{"NewImage":{"tags":{"L":{"S":["x"]}}}}})", true},
        {R"({"dynamodb":{"NewImage":{"tags":{"L":{"M":{"a":{"S":["1"]},"b":{"S":["2"]}}}}}}})",
         true},
        {R"({"dynamodb":{"NewImage":{"tags":{"L":{"S":["x"],"M":{"a":{"S":["1"]}}}}}}})", false},
        {R"({"eventName":["MODIFY"],"dynamodb":{"NewImage":{"n":{"N":["8"]}}}})", false},
        {R"({"$or":[{"eventName":["REMOVE"]},{"dynamodb":{"OldImage":{"n":{"N":["7"]}}}}]})", true},
        {R"({"foo":[{"exists":false}]})", true},
        {R"({"foo":["x"]})", false},
    };
    for (const Row& row : kRows) {
        EXPECT_EQ(match(row.pattern, change()), row.matches) << row.pattern;
    }
}

// If it fails, a filter for expired items, AWS's own example, never matches or always does.
TEST(RecordFilter, SeesWhatTimeToLiveDeleted) {
    const std::string by_service =
        R"({"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]}})";
    RecordView removed = change();
    removed.event = EventName::Remove;
    removed.new_image = {};
    EXPECT_FALSE(match(by_service, removed));
    removed.origin = shardlog::Origin::TimeToLive;
    EXPECT_TRUE(match(by_service, removed));
}

// If it fails, a trigger is filtered by an image that its stream does not show.
TEST(RecordFilter, SeesOnlyTheImagesThatTheStreamShows) {
    const std::string wants_new = R"({"dynamodb":{"NewImage":{"id":{"S":["k1"]}}}})";
    const std::string wants_old = R"({"dynamodb":{"OldImage":{"id":{"S":["k1"]}}}})";
    EXPECT_TRUE(match(wants_new, change(), StreamViewType::NewImage));
    EXPECT_FALSE(match(wants_old, change(), StreamViewType::NewImage));
    EXPECT_FALSE(match(wants_new, change(), StreamViewType::OldImage));
    EXPECT_TRUE(match(wants_old, change(), StreamViewType::OldImage));
    EXPECT_FALSE(match(wants_new, change(), StreamViewType::KeysOnly));
    EXPECT_TRUE(match(R"({"dynamodb":{"SizeBytes":[4]}})", change(), StreamViewType::KeysOnly));
}

// eventSourceARN is added to what passed, so no pattern sees it.
TEST(RecordFilter, DoesNotSeeTheArnOfTheStream) {
    const auto criteria = std::make_shared<const FilterCriteria>(
        FilterCriteria::parse({R"({"eventSourceARN":[{"exists":true}]})"}).value());
    EXPECT_FALSE(RecordFilter(criteria, {"us-east-1", kArn, {}}).matches(change()));
}

}  // namespace
}  // namespace millbeck::triggers::filter
