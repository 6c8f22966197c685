#include "capture/key_check.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/items.hpp"

namespace millbeck::capture {
namespace {

using shardlog::AttributeType;
using tests::item_of;

const KeySchema kKeys{.hash = {"p", AttributeType::S},
                      .range = KeyAttribute{"s", AttributeType::B}};
const KeySchema kNumber{.hash = {"n", AttributeType::N}, .range = std::nullopt};

struct Case {
    std::string json;
    std::string message;  // "" = accepted
};

std::string text(std::size_t bytes) {
    return std::string(bytes, 'x');
}

// Clients match on these texts; they are the service's, its slips included.
TEST(KeyCheck, ItemsAreRefusedInTheServicesWords) {
    const std::string prefix = "One or more parameter values were invalid: ";
    const std::vector<Case> cases = {
        {R"({"p":{"S":"a"},"s":{"B":"AA=="},"x":{"NULL":true}})", ""},
        {R"({"s":{"B":"AA=="}})", prefix + "Missing the key p in the item"},
        {R"({"p":{"S":"a"}})", prefix + "Missing the key s in the item"},
        {R"({})", prefix + "Missing the key p in the item"},
        {R"({"p":{"N":"1"},"s":{"B":"AA=="}})",
         prefix + "Type mismatch for key p expected: S actual: N"},
        {R"({"p":{"S":"a"},"s":{"NULL":true}})",
         prefix + "Type mismatch for key s expected: B actual: NULL"},
        {R"({"p":{"S":""},"s":{"B":"AA=="}})",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: p"},
        {R"({"p":{"S":"a"},"s":{"B":""}})",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty binary value. Key: s"},
        {R"({"p":{"S":")" + text(2048) + R"("},"s":{"B":"AA=="}})", ""},
        {R"({"p":{"S":")" + text(2049) + R"("},"s":{"B":"AA=="}})",
         prefix + "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
        // 1368 base64 characters are 1026 bytes or, with one pad, 1025; 1364 and a pad 1022.
        {R"({"p":{"S":"a"},"s":{"B":")" + std::string(1366, 'A') + R"(=="}})", ""},  // 1024 bytes
        {R"({"p":{"S":"a"},"s":{"B":")" + std::string(1367, 'A') + R"(="}})",
         prefix + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
    };
    for (const Case& one : cases) {
        const base::Status checked = check_item(kKeys, item_of(one.json));
        EXPECT_EQ(checked ? "" : checked.error().message, one.message) << one.json.substr(0, 80);
        EXPECT_TRUE(checked || checked.error().code == base::Code::Invalid);
    }
}

// A Key map that is not exactly the key would read or delete something else than was meant.
TEST(KeyCheck, KeyMapsAreRefusedInTheServicesWords) {
    const std::string mismatch = "The provided key element does not match the schema";
    const std::string prefix = "One or more parameter values were invalid: ";
    const std::vector<Case> cases = {
        {R"({"p":{"S":"a"},"s":{"B":"AA=="}})", ""},
        {R"({"p":{"S":"a"}})", mismatch},
        {R"({})", mismatch},
        {R"({"p":{"S":"a"},"s":{"B":"AA=="},"x":{"S":"more"}})", mismatch},
        {R"({"p":{"S":"a"},"x":{"B":"AA=="}})", mismatch},
        {R"({"p":{"S":"a"},"s":{"S":"AA=="}})", mismatch},
        {R"({"p":{"S":""},"s":{"B":"AA=="}})",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot "
         "contain an empty string value. "
         "Key: p"},
        {R"({"p":{"S":"a"},"s":{"B":""}})",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot "
         "contain an empty binary value. "
         "Key: s"},
        {R"({"p":{"S":")" + text(2049) + R"("},"s":{"B":"AA=="}})",
         prefix + "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
    };
    for (const Case& one : cases) {
        const base::Status checked = check_key(kKeys, item_of(one.json));
        EXPECT_EQ(checked ? "" : checked.error().message, one.message) << one.json.substr(0, 80);
    }
    EXPECT_TRUE(check_key(kNumber, item_of(R"({"n":{"N":"1E125"}})")));
    EXPECT_FALSE(check_key(kNumber, item_of(R"({"n":{"S":"1"}})")));
}

}  // namespace
}  // namespace millbeck::capture
