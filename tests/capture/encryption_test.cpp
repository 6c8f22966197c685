#include "capture/encryption.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::capture {
namespace {

const std::string kId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const std::string kArn = "arn:aws:kms:eu-west-1:111122223333:key/" + kId;

// If it fails, a key that a definition of tables names is refused, or is not what is told.
TEST(Encryption, KeysAreIdsOrArnsOrTheServicesOwnAlias) {
    const std::string prefix =
        "KMS validation error: com.amazonaws.services.kms.model.NotFoundException: ";
    const std::string multi_region = "mrk-1234abcd12ab34cd56ef1234567890ab";
    struct Row {
        std::string given, result;
    };
    const std::vector<Row> rows{
        {"alias/aws/dynamodb", std::string(kManagedKey)},
        {"arn:aws:kms:eu-west-1:111122223333:alias/aws/dynamodb", std::string(kManagedKey)},
        {kId, kId},
        {kArn, kArn},
        {multi_region, multi_region},
        {"alias/mine", prefix + "Alias alias/mine is not found."},
        {"mine", prefix + "Invalid keyId 'mine'"},
        {kId + "0", prefix + "Invalid keyId '" + kId + "0'"},
        {"arn:aws:s3:::key/" + kId, prefix + "Invalid keyId 'arn:aws:s3:::key/" + kId + "'"},
        {"arn:aws:kms:eu-west-1:1:key/x", prefix + "Invalid keyId 'arn:aws:kms:eu-west-1:1:key/x'"},
    };
    for (const Row& row : rows) {
        const auto key = encryption_key_of(row.given);
        EXPECT_EQ(key ? *key : key.error().message, row.result);
    }
    EXPECT_FALSE(encryption_key_of("mrk-" + std::string(3000, 'a')));
}

// If it fails, a change that changes nothing is accepted where the service refuses it.
TEST(Encryption, AKeyIsNotGivenTwice) {
    const auto change = [](const std::string& before, const std::string& after) {
        const auto status = check_encryption_change(before, after);
        return status ? "" : status.error().message;
    };
    const std::string invalid = "One or more parameter values were invalid: Table is already ";
    const std::string given =
        invalid +
        "encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if "
        "you want to change Master Key";
    EXPECT_EQ(change("", ""), invalid + "encrypted by default");
    EXPECT_EQ(change("", kId), "");
    EXPECT_EQ(change(kId, ""), "");
    EXPECT_EQ(change(kId, kArn), given);
    EXPECT_EQ(change(kArn, kArn), given);
    EXPECT_EQ(change(kArn, kId), "");
}

}  // namespace
}  // namespace millbeck::capture
