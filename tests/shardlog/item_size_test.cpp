// If these fail, SizeBytes of a stream record, capacity units and the 400 KB limit are wrong.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "shardlog/item.hpp"
#include "shardlog/record_json.hpp"

namespace millbeck::shardlog {
namespace {

std::uint32_t size_of(std::string_view json) {
    return parse_item(json).value().size_bytes();
}

TEST(ItemSize, FollowsTheServicesRules) {
    struct Row {
        std::string json;
        std::uint32_t size_bytes;
    };
    const std::vector<Row> rows{
        {"{}", 0},
        {R"({"ab":{"S":""}})", 2},
        {R"({"ab":{"S":"é😀"}})", 2 + 6},
        {R"({"é":{"S":"x"}})", 2 + 1},
        {R"({"a\n":{"S":"\n"}})", 2 + 1},
        {R"({"a":{"B":"Zm9vYmFy"}})", 1 + 6},
        {R"({"a":{"B":"Zg=="}})", 1 + 1},
        {R"({"a":{"N":"42"}})", 1 + 2},
        {R"({"a":{"N":"-42"}})", 1 + 3},
        {R"({"a":{"N":"1e125"}})", 1 + 2},
        {R"({"a":{"BOOL":false}})", 1 + 1},
        {R"({"a":{"NULL":true}})", 1 + 1},
        {R"({"a":{"SS":["x","yz"]}})", 1 + 3},
        {R"({"a":{"NS":["1","42","-7"]}})", 1 + 2 + 2 + 3},
        {R"({"a":{"BS":["AAEqQQ==","QSoBAA=="]}})", 1 + 8},
        {R"({"a":{"L":[]}})", 1 + 3},
        {R"({"a":{"M":{}}})", 1 + 3},
        {R"({"a":{"L":[{"S":"x"},{"N":"1"}]}})", 1 + 3 + (1 + 1) + (1 + 2)},
        {R"({"a":{"M":{"bc":{"S":"xyz"}}}})", 1 + 3 + (1 + 2 + 3)},
        {R"({"a":{"S":"x"},"b":{"S":"y"}})", 4},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(size_of(row.json), row.size_bytes) << row.json;
    }
}

struct Sample {
    std::string keys, new_image, old_image;
    StreamViewType view;
    std::uint32_t size_bytes;
};

// SizeBytes of records other people saw: Lambda's guide (Id=101), aws-lambda-go's binary sample,
// and recordings of the service (Username=Fred, my_partition_key=hello world).
TEST(ItemSize, AgreesWithRecordsSeenAtTheService) {
    const std::string id = R"({"Id":{"N":"101"}})";
    const std::string first = R"({"Message":{"S":"New item!"},"Id":{"N":"101"}})";
    const std::string second = R"({"Message":{"S":"This item has changed"},"Id":{"N":"101"}})";
    const std::string partition = R"({"my_partition_key":{"S":"hello world"}})";
    const std::vector<Sample> samples{
        {R"({"Username":{"S":"Fred"}})", R"({"Username":{"S":"Fred"}})", "",
         StreamViewType::KeysOnly, 12},
        {partition, R"({"my_partition_key":{"S":"hello world"},"binary_key":{"B":"Zm9vYmFy"}})", "",
         StreamViewType::NewImage, 70},
        {partition, R"({"my_partition_key":{"S":"hello world"},"foo":{"BOOL":true}})", "",
         StreamViewType::NewImage, 58},
        {id, first, "", StreamViewType::NewAndOldImages, 26},
        {id, second, first, StreamViewType::NewAndOldImages, 59},
        {id, "", second, StreamViewType::NewAndOldImages, 38},
        {R"({"val":{"S":"data"},"key":{"S":"binary"}})",
         R"({"val":{"S":"data"},"asdf1":{"B":"AAEqQQ=="},)"
         R"("asdf2":{"BS":["AAEqQQ==","QSoBAA=="]},"key":{"S":"binary"}})",
         "", StreamViewType::NewAndOldImages, 54},
    };
    for (const Sample& sample : samples) {
        const Item keys = parse_item(sample.keys).value();
        const Item new_image =
            parse_item(sample.new_image.empty() ? "{}" : sample.new_image).value();
        const Item old_image =
            parse_item(sample.old_image.empty() ? "{}" : sample.old_image).value();
        RecordView record;
        record.keys = keys.view();
        record.new_image = sample.new_image.empty() ? ItemView{} : new_image.view();
        record.old_image = sample.old_image.empty() ? ItemView{} : old_image.view();
        std::string json;
        append_record_json(json, record,
                           {.region = "r", .stream_arn = "a", .view_type = sample.view});
        EXPECT_NE(json.find("\"SizeBytes\":" + std::to_string(sample.size_bytes) + ","),
                  std::string::npos)
            << json;
    }
}

}  // namespace
}  // namespace millbeck::shardlog
