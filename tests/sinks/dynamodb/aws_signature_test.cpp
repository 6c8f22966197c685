#include "sinks/dynamodb/aws_signature.hpp"

#include <gtest/gtest.h>

#include "base/hmac.hpp"

namespace millbeck::sinks {
namespace {

// Source: RFC 4231, test cases 1, 2 and 6.
TEST(Hmac, IsTheOneOfTheStandard) {
    EXPECT_EQ(base::to_hex(base::hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(base::to_hex(base::hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(
        base::to_hex(base::hmac_sha256(std::string(131, '\xaa'),
                                       "Test Using Larger Than Block-Size Key - Hash Key First")),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

constexpr AwsKeys kKeys{.access_key_id = "AKIDEXAMPLE",
                        .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                        .region = "us-east-1",
                        .service = "service"};

// Source: AWS's Signature Version 4 test suite, get-vanilla and post-vanilla.
TEST(AwsSignature, IsTheOneOfAwsTestSuite) {
    AwsRequest request;
    request.headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}};
    const std::string head =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=";
    AwsSigningKey made;
    EXPECT_EQ(aws_authorization(request, kKeys, made),
              head + "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
    request.method = "GET";
    EXPECT_EQ(aws_authorization(request, kKeys, made),
              head + "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

// If it fails, AWS refuses everything after midnight.
TEST(AwsSignature, MakesItsKeyAnewForAnotherDay) {
    AwsRequest request;
    request.headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150829T235959Z"}};
    AwsSigningKey made;
    const std::string before = aws_authorization(request, kKeys, made);
    request.headers["x-amz-date"] = "20150830T000000Z";
    AwsSigningKey fresh;
    EXPECT_EQ(aws_authorization(request, kKeys, made), aws_authorization(request, kKeys, fresh));
    request.headers["x-amz-date"] = "20150829T235959Z";
    EXPECT_EQ(aws_authorization(request, kKeys, made), before);
}

TEST(AwsSignature, WritesTimesAsAwsDoes) {
    EXPECT_EQ(amz_date(base::WallTime{base::Milliseconds{1'440'938'160'999}}), "20150830T123600Z");
}

}  // namespace
}  // namespace millbeck::sinks
