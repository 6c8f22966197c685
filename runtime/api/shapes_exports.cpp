// Exports of tables into a bucket.
#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr Shape kTime{.kind = Kind::Timestamp};
constexpr Shape kTableArn{.least = 1, .most = 1024};
constexpr Shape kToken{.pattern = Pattern::Token};
constexpr Shape kBucket{.most = 255, .pattern = Pattern::Bucket};
constexpr Shape kBucketOwner{.pattern = Pattern::AccountId};
constexpr Shape kPrefix{.most = 1024};
constexpr std::array<std::string_view, 2> kEncryptions{"AES256", "KMS"};
constexpr Shape kEncryption{.choices = kEncryptions};
constexpr Shape kEncryptionKey{.least = 1, .most = 2048};
constexpr std::array<std::string_view, 2> kFormats{"DYNAMODB_JSON", "ION"};
constexpr Shape kFormat{.choices = kFormats};
constexpr std::array<std::string_view, 2> kExportTypes{"FULL_EXPORT", "INCREMENTAL_EXPORT"};
constexpr Shape kExportType{.choices = kExportTypes};
constexpr std::array<std::string_view, 2> kViews{"NEW_IMAGE", "NEW_AND_OLD_IMAGES"};
constexpr Shape kView{.choices = kViews};

constexpr std::array<Member, 3> kIncrementMembers{{
    {"ExportFromTime", &kTime},
    {"ExportToTime", &kTime},
    {"ExportViewType", &kView},
}};
constexpr Shape kIncrement{.kind = Kind::Structure,
                           .java = "IncrementalExportSpecification",
                           .members = kIncrementMembers};

// FilterSpecification is in no model; the service takes it all the same, and without it an export
// would be another one.
constexpr std::array<Member, 12> kExportMembers{{
    {"TableArn", &kTableArn, true},
    {"ExportTime", &kTime},
    {"ClientToken", &kToken},
    {"S3Bucket", &kBucket, true},
    {"S3BucketOwner", &kBucketOwner},
    {"S3Prefix", &kPrefix},
    {"S3SseAlgorithm", &kEncryption},
    {"S3SseKmsKeyId", &kEncryptionKey},
    {"ExportFormat", &kFormat},
    {"ExportType", &kExportType},
    {"IncrementalExportSpecification", &kIncrement},
    {"FilterSpecification", &kRefused},
}};
constexpr Shape kExportTable{.kind = Kind::Structure, .members = kExportMembers};

constexpr Shape kExportArn{.least = 37, .most = 1024};
constexpr std::array<Member, 1> kDescribeExportMembers{{{"ExportArn", &kExportArn, true}}};
constexpr Shape kDescribeExport{.kind = Kind::Structure, .members = kDescribeExportMembers};

constexpr Shape kMaxResults{.kind = Kind::Integer, .least = 1, .most = 25};
constexpr Shape kNextToken{};
constexpr std::array<Member, 3> kListExportsMembers{{
    {"TableArn", &kTableArn},
    {"MaxResults", &kMaxResults},
    {"NextToken", &kNextToken},
}};
constexpr Shape kListExports{.kind = Kind::Structure, .members = kListExportsMembers};

}  // namespace millbeck::runtime::shapes
