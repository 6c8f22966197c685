#include "sinks/sql/batch_plan.hpp"

#include <gtest/gtest.h>

#include "sinks/sql/found_table.hpp"
#include "sinks/sqlite/sqlite_values.hpp"
#include "tests/sinks/batches.hpp"

namespace millbeck::sinks::sql {
namespace {

const Dialect& dialect() {
    return sqlite_dialect();
}

constexpr PlanTerms kTerms{.with_history = true, .key_bytes_max = 100};

Row row_of(const std::string& image) {
    return make_row(image, {}).value();
}

Shape shape_of(const TableOptions& options, const std::string& image = R"({"id":{"S":"a"}})") {
    return first_shape(dialect(), options, row_of(image)).value();
}

std::string names_of(const std::vector<Column>& columns) {
    std::string text;
    for (const Column& column : columns) {
        text += (text.empty() ? "" : " ") + column.name;
    }
    return text;
}

TEST(BatchPlan, TheLastChangeOfAKeyStays) {
    const Batch batch =
        batch_of({.messages = {{.id = "1", .key = key_of("a"), .new_image = "{}"},
                               {.id = "2", .key = key_of("b"), .new_image = "{}"},
                               {.id = "3", .key = key_of("a"), .new_image = "{}"}}});
    const ParsedBatch parsed = parse_batch(batch, {}, kTerms);
    ASSERT_EQ(parsed.rows.size(), 2u);
    EXPECT_EQ(parsed.rows[0].sequence, "2");
    EXPECT_EQ(parsed.rows[1].sequence, "3");
    EXPECT_EQ(parsed.history.size(), 3u);
}

TEST(BatchPlan, KeysThatAreTooLongFailAlone) {
    const Batch batch =
        batch_of({.messages = {{.id = "1", .key = key_of(std::string(101, 'x')), .new_image = "{}"},
                               {.id = "2", .key = key_of("b"), .new_image = "{}"}}});
    const ParsedBatch parsed = parse_batch(batch, {}, kTerms);
    EXPECT_EQ(parsed.refused, std::vector<std::string>{"1"});
    EXPECT_EQ(parsed.rows.size(), 1u);
}

TEST(BatchPlan, RowsAreNoHistory) {
    const Batch batch = batch_of({.messages = {{.id = "1", .key = key_of("a"), .new_image = "{}"}},
                                  .content = Content::Rows});
    EXPECT_TRUE(parse_batch(batch, {}, kTerms).history.empty());
}

TEST(BatchPlan, ATableHasItsKeysAndWhatWasDeclared) {
    TableOptions options;
    options.declared = {{"id", ColumnType::Text}, {"n", ColumnType::Number}};
    const Shape typed = shape_of(options, R"({"at":{"N":"1"},"id":{"S":"a"}})");
    EXPECT_EQ(names_of(typed.keys()), "at id");
    EXPECT_EQ(names_of(typed.columns()), "_extra n");
    options = {};
    options.columns = Columns::Json;
    EXPECT_EQ(names_of(shape_of(options).columns()), "document");
}

TEST(BatchPlan, NamesThatCannotBeColumnsAreRefusedWhereTheyMustBe) {
    for (const std::string key : {R"({"_sequence":{"S":"a"}})", R"({"_EXTRA":{"S":"a"}})"}) {
        EXPECT_FALSE(first_shape(dialect(), {}, row_of(key))) << key;
    }
    TableOptions options;
    options.declared = {{"Id", ColumnType::Text}};
    EXPECT_FALSE(first_shape(dialect(), options, row_of(R"({"id":{"S":"a"}})")));
}

TEST(BatchPlan, MissingColumnsComeOnceAndUpToTheLimit) {
    TableOptions options;
    options.columns_max = 3;
    const Shape shape = shape_of(options);
    std::vector<ParsedRow> rows(2);
    rows[0].row = row_of(R"({"id":{"S":"a"},"n":{"N":"1"},"x":{"NULL":true}})");
    rows[1].row =
        row_of(R"({"N":{"S":"a"},"n":{"S":"1"},"x":{"S":"y"},"y":{"BOOL":true},"z":{"S":"late"}})");
    const auto missing = missing_columns(dialect(), options, shape, rows);
    EXPECT_EQ(missing,
              (std::vector<Column>{
                  {"n", ColumnType::Number}, {"x", ColumnType::Text}, {"y", ColumnType::Bool}}));
    options.new_attributes = NewAttributes::Extra;
    EXPECT_TRUE(missing_columns(dialect(), options, shape, rows).empty());
}

// A column of somebody else's type takes nothing, and no second one of its name is asked for.
TEST(BatchPlan, ForeignColumnsAreLeftAlone) {
    const Shape shape({{"id", ColumnType::Text}}, {{"_extra", ColumnType::Json}}, {"n"});
    ParsedRow row;
    row.key = row_of(R"({"id":{"S":"a"}})");
    row.row = row_of(R"({"id":{"S":"a"},"n":{"N":"1"}})");
    EXPECT_TRUE(missing_columns(dialect(), {}, shape, {row}).empty());
    const auto placed = place({}, shape, row);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->values[0].text, R"({"n":1})");
}

TEST(FoundTable, IsReadAsAShape) {
    FoundTable table;
    table.add({"b", ColumnType::Text}, 1);
    table.add({"_sequence", ColumnType::Text}, -1);
    table.add({"a", ColumnType::Text}, 0);
    table.add({"_extra", ColumnType::Json}, -1);
    table.add({"odd", ColumnType::Foreign}, -1);
    const auto shape = table.shape({}, "t");
    ASSERT_TRUE(shape) << shape.error().message;
    EXPECT_EQ(names_of((*shape)->keys()), "a b");
    EXPECT_EQ(names_of((*shape)->columns()), "_extra");
    EXPECT_EQ((*shape)->others(), std::vector<std::string>{"odd"});
    TableOptions documents;
    documents.columns = Columns::Json;
    EXPECT_FALSE(table.shape(documents, "t"));
}

}  // namespace
}  // namespace millbeck::sinks::sql
