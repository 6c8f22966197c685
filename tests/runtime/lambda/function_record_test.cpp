// Functions as they are stored, and which version a call reaches.
#include "runtime/lambda/function_record.hpp"

#include <string>

#include <gtest/gtest.h>

#include "runtime/lambda/function_resolve.hpp"
#include "tests/support/golden.hpp"

namespace millbeck::runtime::lambda {
namespace {

FunctionRecord whole_record() {
    FunctionRecord record;
    record.name = "totals";
    FunctionVersion& latest = record.latest;
    latest.description = "adds \"up\"";
    latest.role = "arn:aws:iam::000000000000:role/any";
    latest.runtime = "python3.12";
    latest.handler = "app.handler";
    latest.timeout_seconds = 20;
    latest.memory_mb = 256;
    latest.ephemeral_mb = 1024;
    latest.environment.emplace();
    latest.environment->emplace("WORD", "one");
    latest.architecture = "arm64";
    latest.log_group = "/aws/lambda/totals";
    latest.code_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    latest.code_bytes = 123;
    latest.code_folder = "e3b0";
    latest.command = {"run", "it"};
    latest.modified = base::WallTime{base::Milliseconds{1'700'000'000'123}};
    latest.revision_id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
    FunctionVersion first = latest;
    first.version = "1";
    first.code_path = "/somewhere";
    first.environment.reset();
    record.published[1] = first;
    first.version = "3";
    record.published[3] = first;
    record.last_number = 3;
    record.aliases["live"] = {"live", "1", "what runs", {{"3", 0.25}}, "rev"};
    record.tags = {{"team", "a"}};
    record.reserved = 7;
    record.event_invoke["live"] = {.attempts = 1, .age_seconds = 60, .modified = latest.modified};
    return record;
}

// If it fails, functions that were made before an update of Millbeck are gone or changed after it.
TEST(FunctionDocument, OfTheFirstFormStaysReadable) {
    const FunctionRecord record = whole_record();
    const std::string document = function_document(record);
    tests::expect_golden("runtime/function_form_1.json", document + "\n");
    const auto read = parse_function_document(document);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, record);
    const auto empty = parse_function_document(function_document(FunctionRecord{}));
    ASSERT_TRUE(empty);
    EXPECT_EQ(*empty, FunctionRecord{});
}

// If it fails, who is told of calls, and who may call, is forgotten at a restart.
TEST(FunctionDocument, KeepsDestinationsAndPolicies) {
    FunctionRecord record = whole_record();
    record.event_invoke["live"].on_success = "arn:aws:sqs:us-east-1:000000000000:done";
    record.event_invoke["live"].on_failure = "arn:aws:sqs:us-east-1:000000000000:failed";
    record.policies[""] = {{{"one", R"({"Sid":"one"})"}, {"two", R"({"Sid":"two"})"}}, "rev-a"};
    record.policies["live"] = {{{"one", R"({"Sid":"one"})"}}, "rev-b"};
    const auto read = parse_function_document(function_document(record));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, record);
}

TEST(FunctionDocument, RefusesWhatIsDamagedOrNewer) {
    for (const std::string text :
         {"", "{}", "[]", R"({"form":2})", R"({"form":"1"})", R"({"form":1,"name":"x"})"}) {
        const auto read = parse_function_document(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, base::Code::Corrupt);
    }
    EXPECT_NE(parse_function_document(R"({"form":2})").error().message.find("newer"),
              std::string::npos);
}

// If it fails, a call runs other code than its ARN says.
TEST(ResolveFunction, FollowsQualifiers) {
    const FunctionRecord record = whole_record();
    struct Row {
        std::string qualifier;
        double draw;
        std::string version;  // "" is none
    };
    for (const Row& row :
         {Row{"", 0, "$LATEST"}, Row{"$LATEST", 0, "$LATEST"}, Row{"1", 0, "1"}, Row{"3", 0, "3"},
          Row{"2", 0, ""}, Row{"01x", 0, ""}, Row{"other", 0, ""}, Row{"live", 0.0, "3"},
          Row{"live", 0.24, "3"}, Row{"live", 0.25, "1"}, Row{"live", 0.99, "1"}}) {
        const FunctionVersion* version = resolve(record, row.qualifier, row.draw);
        EXPECT_EQ(version == nullptr ? "" : version->version, row.version)
            << row.qualifier << " " << row.draw;
    }
}

// If it fails, an update keeps serving the old code, or ends processes for nothing.
TEST(RunsAlike, TellsWhatProcessesDependOn) {
    const FunctionVersion version = whole_record().latest;
    struct Row {
        void (*change)(FunctionVersion&);
        bool alike;
    };
    for (const Row& row : {
             Row{[](FunctionVersion&) {}, true},
             Row{[](FunctionVersion& v) { v.description = "other"; }, true},
             Row{[](FunctionVersion& v) { v.revision_id = "other"; }, true},
             Row{[](FunctionVersion& v) { v.role = "other"; }, true},
             Row{[](FunctionVersion& v) { v.runtime = "other"; }, false},
             Row{[](FunctionVersion& v) { v.handler = "other"; }, false},
             Row{[](FunctionVersion& v) { v.timeout_seconds = 1; }, false},
             Row{[](FunctionVersion& v) { v.memory_mb = 128; }, false},
             Row{[](FunctionVersion& v) { v.environment.reset(); }, false},
             Row{[](FunctionVersion& v) { v.code_folder = "other"; }, false},
             Row{[](FunctionVersion& v) { v.command.clear(); }, false},
         }) {
        FunctionVersion changed = version;
        row.change(changed);
        EXPECT_EQ(runs_alike(version, changed), row.alike);
    }
    FunctionVersion in_place = version;
    in_place.code_path = "/code";
    FunctionVersion again = in_place;
    EXPECT_TRUE(runs_alike(in_place, again));
    again.revision_id = "other";
    EXPECT_FALSE(runs_alike(in_place, again)) << "its files may be other ones";
}

}  // namespace
}  // namespace millbeck::runtime::lambda
