#include "triggers/item_failures.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::triggers {
namespace {

using sinks::Outcome;
using Kind = sinks::Outcome::Kind;

Outcome delivered(std::string reply) {
    Outcome outcome;
    outcome.reply = std::move(reply);
    return outcome;
}

struct Row {
    std::string reply;
    Kind kind;
    std::vector<std::string> failed{};
    std::string error{};
};

constexpr const char* kPrefix =
    "the function's reply does not report batch item failures as it should: ";

// If it fails, records that failed count as processed, or good batches are sent again for ever.
TEST(ItemFailures, ARepliesMeaningIsTheServices) {
    const std::string no_id =
        R"(each failure needs an "itemIdentifier", the SequenceNumber of a record, as a string)";
    const std::string no_list = R"("batchItemFailures" must be a list)";
    const std::string no_object = R"(it must be an object with "batchItemFailures")";
    const std::vector<Row> rows = {
        {"", Kind::Delivered},
        {" \n", Kind::Delivered},
        {"null", Kind::Delivered},
        {"{}", Kind::Delivered},
        {"[]", Kind::Delivered},
        {R"("")", Kind::Delivered},
        {R"({"batchItemFailures":[]})", Kind::Delivered},
        {R"({"batchItemFailures":null})", Kind::Delivered},
        {R"({"statusCode":200})", Kind::Delivered},
        {R"({"batchItemFailures":[{"itemIdentifier":"7"},{"itemIdentifier":"9","x":1}]})",
         Kind::PartlyFailed,
         {"7", "9"}},
        {R"({"batchItemFailures":[{"itemIdentifier":""}]})", Kind::Failed, {}, no_id},
        {R"({"batchItemFailures":[{"itemIdentifier":null}]})", Kind::Failed, {}, no_id},
        {R"({"batchItemFailures":[{"itemIdentifier":123}]})", Kind::Failed, {}, no_id},
        {R"({"batchItemFailures":[{"foo":"7"}]})", Kind::Failed, {}, no_id},
        {R"({"batchItemFailures":[{"itemIdentifier":"7"},{"foo":null}]})", Kind::Failed, {}, no_id},
        {R"({"batchItemFailures":["7"]})", Kind::Failed, {}, no_id},
        {R"({"batchItemFailures":{}})", Kind::Failed, {}, no_list},
        {R"({"batchItemFailures":"7"})", Kind::Failed, {}, no_list},
        {R"(["7"])", Kind::Failed, {}, no_object},
        {R"("done")", Kind::Failed, {}, no_object},
        {"true", Kind::Failed, {}, no_object},
        {"{", Kind::Failed, {}, "it is not JSON"},
        {"done", Kind::Failed, {}, "it is not JSON"},
    };
    for (const Row& row : rows) {
        const Outcome outcome = read_item_failures(delivered(row.reply));
        EXPECT_EQ(outcome.kind, row.kind) << row.reply;
        EXPECT_EQ(outcome.failed, row.failed) << row.reply;
        EXPECT_EQ(outcome.error.message, row.error.empty() ? "" : kPrefix + row.error) << row.reply;
    }
}

// If it fails, what a broken function left as a reply hides that it failed.
TEST(ItemFailures, OtherOutcomesStayAsTheyAre) {
    for (const Kind kind : {Kind::Failed, Kind::NotInvoked, Kind::PartlyFailed}) {
        Outcome outcome = delivered(R"({"batchItemFailures":[]})");
        outcome.kind = kind;
        outcome.error.message = "said before";
        const Outcome read = read_item_failures(outcome);
        EXPECT_EQ(read.kind, kind);
        EXPECT_EQ(read.error.message, "said before");
    }
}

}  // namespace
}  // namespace millbeck::triggers
