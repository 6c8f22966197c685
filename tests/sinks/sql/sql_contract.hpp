// What a copy in a database does, whichever database: every back-end runs them.
//
//     class MyDatabase : public SqlTarget { ... };
//     INSTANTIATE_TEST_SUITE_P(MyDatabase, SqlContract, testing::Values(&make_database<...>));
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "sinks/copy_reader.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/sink.hpp"
#include "sinks/sql/sql_options.hpp"
#include "tests/sinks/batches.hpp"

namespace millbeck::sinks {

// A database of its own. Outlives its sinks.
class SqlTarget {
  public:
    virtual ~SqlTarget() = default;
    // Null and a message when the options are refused.
    virtual base::Result<std::unique_ptr<Sink>> open(const sql::TableOptions& options,
                                                     const std::string& sink) = 0;
    // Each row's fields joined by `|`, NULL as `-`; an error is a row of its own.
    virtual std::vector<std::string> query(const std::string& sql) = 0;
};

using MakeDatabase = std::unique_ptr<SqlTarget> (*)();

template <typename Target>
std::unique_ptr<SqlTarget> make_database() {
    return std::make_unique<Target>();
}

class SqlContract : public testing::TestWithParam<MakeDatabase> {
  protected:
    using Lines = std::vector<std::string>;

    [[nodiscard]] base::Instant soon() const { return clock.instant() + std::chrono::seconds{60}; }

    void open(const sql::TableOptions& options = {}, const std::string& name = "copy") {
        if (sink) {
            sink->stop(soon());
        }
        auto opened = target->open(options, name);
        ASSERT_TRUE(opened) << opened.error().message;
        sink = std::move(*opened);
    }
    void begin(const std::string& fresh) {
        const auto begun = sink->position_keeper()->begin(fresh, soon());
        ASSERT_TRUE(begun) << begun.error().message;
    }
    Outcome try_to_deliver(std::vector<MadeMessage> messages, Content content = Content::Changes) {
        const std::string position = messages.back().id;
        return sink->deliver(batch_of({.messages = std::move(messages),
                                       .content = content,
                                       .generation = generation,
                                       .position = position}),
                             soon());
    }
    void deliver(std::vector<MadeMessage> messages, Content content = Content::Changes) {
        const Outcome outcome = try_to_deliver(std::move(messages), content);
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }

    // `more`: further attributes, each with a comma in front.
    static MadeMessage put(const std::string& sequence, const std::string& id,
                           const std::string& more = "", Event event = Event::Insert) {
        return {.id = sequence,
                .key = key_of(id),
                .new_image = R"({"id":{"S":")" + id + R"("})" + more + "}",
                .event = event};
    }
    static MadeMessage removed(const std::string& sequence, const std::string& id) {
        return {.id = sequence,
                .key = key_of(id),
                .new_image = "",
                .old_image = R"({"id":{"S":")" + id + R"("}})",
                .event = Event::Remove};
    }
    static std::string number(const std::string& digits) {
        return R"(,"n":{"N":")" + digits + R"("})";
    }
    static std::string text(const std::string& name, const std::string& value) {
        return ",\"" + name + R"(":{"S":")" + value + R"("})";
    }

    // What verify compares: true when the copy holds exactly these.
    void holds_exactly(std::vector<MadeMessage> rows) {
        std::map<std::string, std::string> expected;
        std::map<std::string, std::string> found;
        const Batch batch = batch_of({.messages = std::move(rows), .content = Content::Rows});
        for (const Message& row : batch.messages) {
            const auto copied = sink->copy_reader()->expected(row);
            ASSERT_TRUE(copied) << copied.error().message;
            expected.emplace((*copied)->key, (*copied)->content);
        }
        const auto scanned = sink->copy_reader()->scan(
            [&](CopiedRow row) -> base::Status {
                found.emplace(std::move(row.key), std::move(row.content));
                return {};
            },
            soon());
        ASSERT_TRUE(scanned) << scanned.error().message;
        EXPECT_EQ(found, expected);
    }

    base::SystemClock clock;
    std::unique_ptr<SqlTarget> target = GetParam()();
    std::unique_ptr<Sink> sink;
    std::string generation;  // of batches
};

// If it fails, SQL finds other values than the table has.
TEST_P(SqlContract, EveryTypeHasItsColumn) {
    open();
    const std::string all =
        R"(,"b":{"B":"AAEC/w=="},"l":{"L":[{"N":"1"},{"M":{"x":{"S":"y"}}}]},"n":{"N":"-1.5"},)"
        R"("no":{"NULL":true},"s":{"SS":["a","b"]},"t":{"S":"gr\u00fcn 'x' \\ \t\n"},)"
        R"("yes":{"BOOL":true})";
    deliver({put("1", "a", all), put("2", "b")});
    EXPECT_EQ(target->query("SELECT id, n + 1, CASE WHEN yes THEN 'yes' ELSE 'no' END, length(b), "
                            "CASE WHEN t = 'gr\u00fcn ''x'' \\ \t\n' THEN 'same' ELSE t END FROM "
                            "orders WHERE n < 0"),
              Lines{"a|-0.5|yes|4|same"});
    EXPECT_EQ(target->query("SELECT b, l, n, s, t, yes, _extra FROM orders WHERE id = 'b'"),
              Lines{"-|-|-|-|-|-|-"});
    holds_exactly({put("3", "a", all), put("3", "b")});
}

TEST_P(SqlContract, NumbersKeepAllTheirDigits) {
    open();
    std::vector<MadeMessage> rows;
    int next = 0;
    for (const std::string digits :
         {"0", "-1", "9223372036854775807", "9223372036854775808", "0.1", "-2.25", "1000000",
          "12345678901234567890123456789012345678", "0.1234567890123456789",
          "0.00000000000000000000000000000000000000000000000001",
          "100000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          "0"}) {
        ++next;
        rows.push_back(put(std::to_string(next), "row-" + std::to_string(next), number(digits)));
    }
    deliver(rows);
    holds_exactly(rows);
    EXPECT_EQ(target->query("SELECT count(*) FROM orders WHERE n > 0.05 AND n < 0.11"), Lines{"1"})
        << "numbers that a column can hold are numbers to SQL";
}

// If it fails, a late or repeated change takes a row back in time.
TEST_P(SqlContract, NothingOlderOverwritesAnythingNewer) {
    open();
    deliver({put("100000000000000000010", "a", number("10"))});
    deliver({put("99999999999999999999", "a", number("9"))});
    EXPECT_EQ(target->query("SELECT n FROM orders"), Lines{"10"}) << "integers, not texts";
    deliver({removed("99999999999999999998", "a")});
    EXPECT_EQ(target->query("SELECT n FROM orders"), Lines{"10"});
    deliver({removed("100000000000000000020", "a")});
    EXPECT_EQ(target->query("SELECT n FROM orders"), Lines{});
    deliver({put("100000000000000000015", "a", number("15"))});
    EXPECT_EQ(target->query("SELECT n FROM orders"), Lines{}) << "a deleted row came back";
    deliver({put("100000000000000000030", "a", number("30"))});
    EXPECT_EQ(target->query("SELECT n FROM orders"), Lines{"30"});
}

TEST_P(SqlContract, OfOneBatchTheLastChangeOfAKeyCounts) {
    open();
    deliver({put("1", "a", number("1")), put("2", "b", number("2")), removed("3", "a"),
             put("4", "b", number("4")), put("5", "c"), removed("6", "c"),
             put("7", "a", number("7"))});
    EXPECT_EQ(target->query("SELECT id, n FROM orders ORDER BY id"), (Lines{"a|7", "b|4"}));
}

// A row is read at a position; changes up to it are in it, and what follows wins.
TEST_P(SqlContract, RowsRepairAndNeverGoBack) {
    open();
    deliver({put("10", "a", number("1")), put("11", "b", number("1")), removed("30", "gone")});
    target->query("UPDATE orders SET n = 77");
    target->query("DELETE FROM orders WHERE id = 'b'");
    deliver(
        {put("11", "a", number("1")), put("11", "b", number("1")), put("11", "gone", number("1"))},
        Content::Rows);
    EXPECT_EQ(target->query("SELECT id, n FROM orders ORDER BY id"), (Lines{"a|1", "b|1"}));
}

// ---- drift

TEST_P(SqlContract, ANewAttributeGetsAColumn) {
    open();
    deliver({put("1", "a")});
    deliver({put("2", "b", number("5")), put("3", "c", text("city", "Ulm") + number("6"))});
    EXPECT_EQ(target->query("SELECT id, n, city FROM orders ORDER BY id"),
              (Lines{"a|-|-", "b|5|-", "c|6|Ulm"}));
    // Another process adds them meanwhile.
    target->query("ALTER TABLE orders ADD COLUMN late text");
    deliver({put("4", "d", text("late", "x"))});
    EXPECT_EQ(target->query("SELECT late FROM orders WHERE id = 'd'"), Lines{"x"});
}

TEST_P(SqlContract, AChangedTypeIsKeptBesideTheColumn) {
    open();
    deliver({put("1", "a", number("5"))});
    deliver({put("2", "a", text("n", "five")), put("3", "b", number("6"))});
    EXPECT_EQ(target->query("SELECT id, n FROM orders ORDER BY id"), (Lines{"a|-", "b|6"}));
    EXPECT_NE(target->query("SELECT _extra FROM orders WHERE id = 'a'")[0].find("five"),
              std::string::npos);
    holds_exactly({put("4", "a", text("n", "five")), put("4", "b", number("6"))});
    deliver({put("5", "a", number("7"))});
    EXPECT_EQ(target->query("SELECT n, _extra FROM orders WHERE id = 'a'"), Lines{"7|-"});
}

TEST_P(SqlContract, NewAttributesMayGoIntoExtra) {
    sql::TableOptions options;
    options.new_attributes = sql::NewAttributes::Extra;
    options.declared = {{"n", sql::ColumnType::Number}};
    open(options);
    const std::string more = number("1") + text("x", "y");
    deliver({put("1", "a", more)});
    EXPECT_EQ(target->query("SELECT n FROM orders"), Lines{"1"});
    EXPECT_NE(target->query("SELECT _extra FROM orders")[0].find("\"x\""), std::string::npos);
    holds_exactly({put("2", "a", more)});
}

TEST_P(SqlContract, NewAttributesMayBeIgnored) {
    sql::TableOptions options;
    options.new_attributes = sql::NewAttributes::Ignore;
    options.declared = {{"n", sql::ColumnType::Number}};
    open(options);
    deliver({put("1", "a", number("1") + text("x", "y")), put("2", "b", text("n", "one"))});
    EXPECT_EQ(target->query("SELECT id, n FROM orders ORDER BY id"), (Lines{"a|1", "b|-"}));
    EXPECT_EQ(target->query("SELECT _extra FROM orders WHERE id = 'a'"), Lines{"-"});
    EXPECT_NE(target->query("SELECT _extra FROM orders WHERE id = 'b'")[0].find("one"),
              std::string::npos)
        << "an attribute with a column was asked for";
    holds_exactly({put("3", "a", number("1")), put("3", "b", text("n", "one"))});
}

// Names that no column can have, or one too many: the value is in `_extra`, and nothing crashes.
TEST_P(SqlContract, AttributesThatCannotBeColumnsAreKept) {
    sql::TableOptions options;
    options.columns_max = 2;
    open(options);
    const std::string more = text("_sequence", "1") + text("_extra", "2") + text("_removed", "3") +
                             text(std::string(300, 'x'), "4") + text("a\\\"b; DROP", "5") +
                             text("c", "6") + text("d", "7");
    deliver({put("1", "a", more)});
    EXPECT_EQ(target->query("SELECT \"a\"\"b; DROP\", c FROM orders"), Lines{"5|6"});
    const std::string extra = target->query("SELECT _extra FROM orders")[0];
    for (const std::string value : {"\"1\"", "\"2\"", "\"3\"", "\"4\"", "\"7\""}) {
        EXPECT_NE(extra.find(value), std::string::npos) << value << " in " << extra;
    }
    holds_exactly({put("2", "a", more)});
}

TEST_P(SqlContract, AColumnThatSomebodyDroppedComesBack) {
    open();
    deliver({put("1", "a", number("5"))});
    target->query("ALTER TABLE orders DROP COLUMN n");
    deliver({put("2", "b", number("6"))});
    EXPECT_EQ(target->query("SELECT id, n FROM orders ORDER BY id"), (Lines{"a|-", "b|6"}));
}

// Characters that databases trip over: NUL, quotes, the symbol that stands for NUL.
TEST_P(SqlContract, AnyTextIsKeptExactly) {
    sql::TableOptions options;
    options.history = "log";
    open(options);
    const std::string odd = text("t", "a\\u0000b\u2400\\\\u0000\u24000\\u0000\\u0000") +
                            R"(,"l":{"L":[{"S":"\u0000x\\\\u0000\u2400"}]})";
    MadeMessage key = put("1", "k\\u0000k", odd);
    deliver({key, put("2", "k\u2400k", odd), put("3", "kk")});
    holds_exactly({key, put("2", "k\u2400k", odd), put("3", "kk")});
    const auto done = sink->copy_reader()->remove({key.key}, soon());
    ASSERT_TRUE(done) << done.error().message;
    holds_exactly({put("2", "k\u2400k", odd), put("3", "kk")});
}

// ---- documents, keys, names

TEST_P(SqlContract, ARowMayBeOneDocument) {
    sql::TableOptions options;
    options.columns = sql::Columns::Json;
    open(options);
    const std::string more = number("12345678901234567890.5") + R"(,"no":{"NULL":true})";
    deliver({put("1", "a", more), put("2", "b")});
    EXPECT_EQ(target->query("SELECT id FROM orders WHERE document IS NOT NULL ORDER BY id"),
              (Lines{"a", "b"}));
    holds_exactly({put("3", "a", more), put("3", "b")});
}

TEST_P(SqlContract, KeysOfTwoAttributesAndAnyType) {
    sql::TableOptions options;
    options.mapping.rename = {{"pk", "owner"}};
    options.mapping.exclude = {"at"};
    open(options);
    const auto row = [](const std::string& sequence, const std::string& at) {
        const std::string key = R"({"at":{"N":")" + at + R"("},"pk":{"B":"AAE="}})";
        return MadeMessage{.id = sequence, .key = key, .new_image = key};
    };
    deliver({row("1", "1"), row("2", "2.5"), row("3", "12345678901234567890123456789")});
    deliver({row("4", "1")});
    EXPECT_EQ(target->query("SELECT count(*), count(owner), count(at) FROM orders"),
              Lines{"3|3|3"});
    holds_exactly({row("1", "1"), row("2", "2.5"), row("3", "12345678901234567890123456789")});
    const auto done = sink->copy_reader()->remove({row("", "2.5").key}, soon());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(target->query("SELECT count(*) FROM orders"), Lines{"2"});
}

TEST_P(SqlContract, OtherKeysThanTheTablesAreRefusedInWords) {
    open();
    deliver({put("1", "a")});
    const Outcome outcome = try_to_deliver(
        {{.id = "2", .key = R"({"pk":{"S":"a"}})", .new_image = R"({"pk":{"S":"a"}})"}});
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_NE(outcome.error.message.find("other key attributes"), std::string::npos)
        << outcome.error.message;
}

TEST_P(SqlContract, NamesAreFilledIn) {
    sql::TableOptions options;
    options.into = "{sink}-of-{table}";
    options.history = "log {table}";
    open(options, "mirror");
    deliver({put("1", "a")});
    EXPECT_EQ(target->query("SELECT id FROM \"mirror-of-orders\""), Lines{"a"});
    EXPECT_EQ(target->query("SELECT event FROM \"log orders\""), Lines{"INSERT"});
}

TEST_P(SqlContract, BadOptionsAreRefused) {
    std::vector<sql::TableOptions> bad(6);
    bad[0].into = "{tabel}";
    bad[1].into = std::string(49, 'x');
    bad[2].history = "{table}";
    bad[3].columns_max = 0;
    bad[4].columns = sql::Columns::Json;
    bad[4].declared = {{"n", sql::ColumnType::Number}};
    bad[5].tombstones = base::Milliseconds{-1};
    for (const sql::TableOptions& options : bad) {
        const auto opened = target->open(options, "copy");
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, base::Code::Invalid);
    }
}

// If it fails, a copy empties a table that was somebody's data.
TEST_P(SqlContract, ATableOfSomebodyElseIsLeftAlone) {
    target->query("CREATE TABLE orders (id text PRIMARY KEY, n integer)");
    target->query("INSERT INTO orders VALUES ('mine', 1)");
    open();
    EXPECT_FALSE(sink->position_keeper()->begin("g-1", soon()));
    const Outcome outcome = try_to_deliver({put("1", "a")});
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_EQ(outcome.error.code, base::Code::Invalid) << outcome.error.message;
    EXPECT_EQ(target->query("SELECT id FROM orders"), Lines{"mine"});
}

TEST_P(SqlContract, TwoSinksCannotShareATable) {
    open({}, "one");
    generation = "g-1";
    begin(generation);
    deliver({put("1", "a")});
    open({}, "two");
    const auto begun = sink->position_keeper()->begin("g-2", soon());
    ASSERT_FALSE(begun);
    EXPECT_NE(begun.error().message.find("sink one"), std::string::npos) << begun.error().message;
    EXPECT_EQ(target->query("SELECT id FROM orders"), Lines{"a"});
}

// ---- history

// If it fails, a counter made from the history counts a change twice, or not at all.
TEST_P(SqlContract, HistoryHasEachChangeOnce) {
    sql::TableOptions options;
    options.history = "{table}_history";
    open(options);
    generation = "g-1";
    begin(generation);
    const std::vector<MadeMessage> changes = {put("1", "a", number("1")),
                                              put("2", "a", number("2"), Event::Modify),
                                              removed("3", "a"), put("4", "b", number("5"))};
    deliver({put("1", "row", number("9"))}, Content::Rows);
    deliver(changes);
    deliver(changes);  // as after an answer that was lost
    EXPECT_EQ(target->query("SELECT event, count(*) FROM orders_history GROUP BY event ORDER BY 1"),
              (Lines{"INSERT|2", "MODIFY|1", "REMOVE|1"}));
    EXPECT_EQ(target->query("SELECT count(*), count(new_image), count(old_image) FROM "
                            "orders_history WHERE generation = 'g-1' AND shard = 'shard'"),
              Lines{"4|3|1"});
    // A new life of the copy leaves the history, and counts anew in it.
    generation = "g-2";
    begin(generation);
    deliver({put("1", "a", number("1"))});
    EXPECT_EQ(target->query("SELECT generation, count(*) FROM orders_history GROUP BY generation "
                            "ORDER BY 1"),
              (Lines{"g-1|4", "g-2|1"}));
}

// What nobody can make a row of is named; the others are durable, and the position stays.
TEST_P(SqlContract, ChangesWithoutAnImageFailAlone) {
    open();
    generation = "g-1";
    begin(generation);
    MadeMessage bare = put("2", "b");
    bare.new_image = "";
    const Outcome outcome = try_to_deliver({put("1", "a"), bare});
    EXPECT_EQ(outcome.kind, Outcome::Kind::PartlyFailed);
    EXPECT_EQ(outcome.failed, std::vector<std::string>{"2"});
    EXPECT_EQ(target->query("SELECT id FROM orders"), Lines{"a"});
    EXPECT_TRUE((*sink->position_keeper()->positions("g-1", soon()))->empty());
}

// If it fails, a copy whose table is gone goes on from the middle.
TEST_P(SqlContract, ADroppedTableIsNoticed) {
    open();
    generation = "g-1";
    begin(generation);
    deliver({put("1", "a")});
    target->query("DROP TABLE orders");
    EXPECT_EQ(try_to_deliver({put("2", "b")}).kind, Outcome::Kind::PositionLost);
    const auto positions = sink->position_keeper()->positions("g-1", soon());
    ASSERT_TRUE(positions) << positions.error().message;
    EXPECT_FALSE(positions->has_value());
    generation = "g-2";
    begin(generation);
    deliver({put("1", "c")});
    EXPECT_EQ(target->query("SELECT id FROM orders"), Lines{"c"});
}

}  // namespace millbeck::sinks
