// What CreateFunction and the Update calls take, and how they say no: table rows.
#include "runtime/lambda/function_input.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/function_node.hpp"

namespace millbeck::runtime::lambda {
namespace {

using Json = nlohmann::json;
using tests::FunctionNode;

struct Row {
    Json more;
    std::string exception;  // "" when it is taken
    std::string message;    // the beginning
};

const std::string kConstraint = "failed to satisfy constraint: Member must ";

// If it fails, a setting is taken that nothing acts on, or infrastructure tools cannot be used.
TEST(CreateFunctionInput, TakesAndRefusesAsTheService) {
    const std::string invalid = "InvalidParameterValueException";
    const std::string shape = "ValidationException";
    const std::string one = "1 validation error detected: Value ";
    for (
        const Row& row : {
            Row{Json::object(), "", ""},
            Row{{{"Role", nullptr}}, shape, one + "null at 'role' " + kConstraint + "not be null"},
            Row{{{"Role", nullptr}, {"Code", nullptr}},
                shape,
                "2 validation errors detected: Value null at 'role' " + kConstraint +
                    "not be null; Value null at 'code' " + kConstraint + "not be null"},
            Row{{{"Role", "r"}},
                shape,
                one + "'r' at 'role' " + kConstraint +
                    R"(satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)"},
            Row{{{"Role", "arn:aws-cn:iam::123456789012:role/service-role/x"}}, "", ""},
            Row{{{"Role", "arn:aws:iam::12345678901:role/x"}}, shape, one},
            Row{{{"Timeout", 0}},
                shape,
                one + "'0' at 'timeout' " + kConstraint + "have value greater than or equal to 1"},
            Row{{{"Timeout", 901}},
                shape,
                one + "'901' at 'timeout' " + kConstraint + "have value less than or equal to 900"},
            Row{{{"Timeout", 900}}, "", ""},
            Row{{{"Timeout", "3"}},
                "SerializationException",
                "STRING_VALUE can not be converted to an Integer"},
            Row{{{"MemorySize", 127}}, shape, one + "'127' at 'memorySize' "},
            Row{{{"MemorySize", 10'241}}, shape, one + "'10241' at 'memorySize' "},
            Row{{{"MemorySize", 10'240}}, "", ""},
            Row{{{"Handler", "a b"}}, shape, one + "'a b' at 'handler' "},
            Row{{{"Handler", std::string(129, 'h')}}, shape, one},
            Row{{{"Handler", nullptr}},
                invalid,
                "Runtime and Handler are mandatory parameters for functions created with "
                "deployment packages."},
            Row{{{"Runtime", nullptr}}, invalid, "Runtime and Handler are mandatory"},
            Row{{{"Runtime", "python"}},
                invalid,
                "Value python at 'runtime' " + kConstraint + "satisfy enum value set: ["},
            Row{{{"Runtime", "python3.7"}},
                invalid,
                "The runtime parameter of python3.7 is no longer supported for creating or "
                "updating AWS Lambda functions. We recommend"},
            Row{{{"Runtime", "java21"}},
                invalid,
                "Millbeck brings no runtime interface client for java21"},
            Row{{{"Runtime", "java21"}, {"MillbeckCommand", {"java", "x"}}}, "", ""},
            Row{{{"Runtime", "provided.al2023"}}, "", ""},
            Row{{{"Description", std::string(257, 'd')}}, shape, one},
            Row{{{"Environment", {{"Variables", {{"A", "1"}}}}}},
                shape,
                one + "'{A=1}' at 'environment.variables' failed to satisfy constraint: Map keys"},
            Row{{{"Environment", {{"Variables", {{"AB", 1}}}}}},
                "SerializationException",
                "NUMBER_VALUE can not be converted to a String"},
            Row{{{"Environment", {{"Variables", {{"AWS_REGION", "x"}}}}}},
                invalid,
                "Lambda was unable to configure your environment variables because the "
                "environment variables you have provided contains reserved keys"},
            Row{{{"Environment", {{"Variables", {{"BIG", std::string(4'096, 'x')}}}}}},
                invalid,
                "Lambda was unable to configure your environment variables because the "
                "environment variables you have provided exceeded the 4KB limit. String measured: "
                R"({"BIG":"xxx)"},
            Row{{{"Environment", Json::object()}}, "", ""},
            Row{{{"EphemeralStorage", {{"Size", 511}}}},
                shape,
                one + "'511' at 'ephemeralStorage.size' "},
            Row{{{"EphemeralStorage", {{"Size", 10'240}}}}, "", ""},
            Row{{{"EphemeralStorage", Json::object()}},
                shape,
                one + "null at 'ephemeralStorage.size' "},
            Row{{{"Architectures", {"arm64"}}}, "", ""},
            Row{{{"Architectures", {"mips"}}}, shape, one + "'[mips]' at 'architectures' "},
            Row{{{"Architectures", Json::array()}}, shape, one + "'[]' at 'architectures' "},
            Row{{{"PackageType", "Zip"}}, "", ""},
            Row{{{"PackageType", "Image"}},
                invalid,
                "PackageType Image is not supported by Millbeck: send the zip"},
            Row{{{"PackageType", "Tar"}},
                shape,
                one + "'Tar' at 'packageType' " + kConstraint + "satisfy enum value set: [Zip, "},
            // What infrastructure tools send when nothing is asked for.
            Row{{{"TracingConfig", {{"Mode", "PassThrough"}}},
                 {"VpcConfig",
                  {{"SubnetIds", Json::array()},
                   {"SecurityGroupIds", Json::array()},
                   {"Ipv6AllowedForDualStack", false}}},
                 {"DeadLetterConfig", {{"TargetArn", ""}}},
                 {"KMSKeyArn", ""},
                 {"Layers", Json::array()},
                 {"FileSystemConfigs", Json::array()},
                 {"SnapStart", {{"ApplyOn", "None"}}},
                 {"ImageConfig", Json::object()},
                 {"LoggingConfig", {{"LogFormat", "Text"}, {"LogGroup", "/my/group"}}}},
                "",
                ""},
            Row{{{"TracingConfig", {{"Mode", "Active"}}}},
                invalid,
                "TracingConfig.Mode Active is not supported by Millbeck"},
            Row{{{"TracingConfig", {{"Mode", "On"}}}}, shape, one + "'On' at 'tracingConfig.mode'"},
            Row{{{"VpcConfig", {{"SubnetIds", {"subnet-1"}}}}},
                invalid,
                "VpcConfig is not supported by Millbeck"},
            Row{{{"DeadLetterConfig", {{"TargetArn", "arn:aws:sqs:x"}}}},
                invalid,
                "DeadLetterConfig is not supported by Millbeck"},
            Row{{{"KMSKeyArn", "arn:aws:kms:x"}}, invalid, "KMSKeyArn is not"},
            Row{{{"Layers", {"arn:aws:lambda:x:layer"}}}, invalid, "Layers is not"},
            Row{{{"FileSystemConfigs", {{{"Arn", "x"}}}}}, invalid, "FileSystemConfigs is not"},
            Row{{{"SnapStart", {{"ApplyOn", "PublishedVersions"}}}},
                invalid,
                "SnapStart.ApplyOn PublishedVersions is not"},
            Row{{{"LoggingConfig", {{"LogFormat", "JSON"}}}},
                invalid,
                "LoggingConfig.LogFormat JSON is not"},
            Row{{{"LoggingConfig", {{"SystemLogLevel", "WARN"}}}},
                invalid,
                "LoggingConfig.SystemLogLevel WARN is not"},
            Row{{{"CodeSigningConfigArn", "arn:x"}}, invalid, "CodeSigningConfigArn is not"},
            Row{{{"DurableConfig", {{"RetentionPeriodInDays", 1}}}}, invalid, "DurableConfig is"},
            Row{{{"PublishTo", "LATEST_PUBLISHED"}}, invalid, "PublishTo is not"},
            Row{{{"Code", Json::object()}}, invalid, "Please provide a source for function code."},
            Row{{{"Code", {{"S3Bucket", "b"}, {"S3Key", "k"}}}},
                invalid,
                "S3Bucket is not supported by Millbeck: send the zip as ZipFile"},
            Row{{{"Code", {{"ImageUri", "i"}}}}, invalid, "ImageUri is not supported"},
            Row{{{"Code", {{"ZipFile", "???"}}}}, "SerializationException", "The ZipFile is not"},
            Row{{{"Code", {{"ZipFile", ""}, {"MillbeckPath", "/"}}}}, invalid, "Please do not"},
            Row{{{"Code", {{"MillbeckPath", "relative"}}}},
                invalid,
                "MillbeckPath must be the absolute name of a folder that exists"},
            Row{{{"Code", {{"MillbeckPath", "/no/such/folder"}}}}, invalid, "MillbeckPath must"},
            Row{{{"Tags", {{"a", "b"}}}}, "", ""},
            Row{{{"Tags", {{"aws:a", "b"}}}}, invalid, "Tag keys must not start"},
            Row{{{"Unknown", 1}}, "", ""},
        }) {
        const auto read = read_create(FunctionNode::create_body(row.more), "fn");
        const std::string told = read ? "" : std::string(read.error().exception.name);
        EXPECT_EQ(told, row.exception) << row.more << (read ? "" : read.error().message);
        if (!read) {
            EXPECT_TRUE(read.error().message.starts_with(row.message)) << row.more << "\n"
                                                                       << read.error().message;
        }
    }
}

TEST(UpdateConfigurationInput, ChangesWhatIsNamedOnly) {
    FunctionVersion current;
    current.runtime = "python3.12";
    current.handler = "app.handler";
    current.role = "arn:aws:iam::000000000000:role/any";
    current.timeout_seconds = 9;
    current.environment.emplace();
    current.environment->emplace("WORD", "one");
    auto read = read_update_configuration(Json{{"MemorySize", 512}}, current);
    ASSERT_TRUE(read) << read.error().message;
    FunctionVersion expected = current;
    expected.memory_mb = 512;
    EXPECT_EQ(read->version, expected);
    read =
        read_update_configuration(Json{{"Environment", {{"Variables", Json::object()}}}}, current);
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->version.environment);
    EXPECT_FALSE(read_update_configuration(Json{{"Layers", {"x"}}}, current));
}

TEST(UpdateCodeInput, ReadsFlagsAndCode) {
    std::string zip;
    shardlog::append_base64(zip, "zip");
    const auto read = read_update_code(Json{{"ZipFile", zip},
                                            {"Publish", true},
                                            {"DryRun", true},
                                            {"RevisionId", "r"},
                                            {"Architectures", {"arm64"}}});
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->code.zip, "zip");
    EXPECT_TRUE(read->publish && read->dry_run);
    EXPECT_EQ(read->revision_id, "r");
    EXPECT_EQ(read->architecture, "arm64");
    EXPECT_EQ(read_update_code(Json::object()).error().message,
              "Please provide a source for function code.");
}

}  // namespace
}  // namespace millbeck::runtime::lambda
