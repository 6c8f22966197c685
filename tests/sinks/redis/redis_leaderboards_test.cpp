// Leaderboards read back: their entries as rows of their own, what is expected of them, and what is
// nobody's business.
#include "sinks/redis/leaderboard.hpp"
#include "tests/sinks/redis/redis_harness.hpp"

namespace millbeck::sinks {
namespace {

using redis::key_of_place;
using redis::place_of_key;
using redis::score_text;

std::string entry(const std::string& set, const std::string& member) {
    return R"({"sorted_set":")" + set + R"(","member":")" + member + "\"}";
}

// If it fails, a repair takes the wrong member out, or takes an item for one.
TEST(RedisLeaderboardKeys, ComeBackAsTheyWere) {
    EXPECT_EQ(key_of_place({"top:eu", "alice"}), entry("top:eu", "alice"));
    EXPECT_EQ(key_of_place({"top", "\xff\x01"}), R"({"sorted_set":"top","member_base64":"/wE="})");
    for (const std::string& text :
         {std::string("a"), std::string(), std::string("\"\\\n\t{}"), std::string("ä €"),
          std::string("\xff\xfe"), std::string("nul \0 inside", 12), std::string("\x7f\x80")}) {
        for (const redis::Place& place :
             {redis::Place{text, "member"}, redis::Place{"set", text}, redis::Place{text, text}}) {
            const auto back = place_of_key(key_of_place(place));
            ASSERT_TRUE(back) << key_of_place(place);
            EXPECT_EQ(*back, place) << key_of_place(place);
        }
    }
    for (const std::string key :
         {R"({"id":{"S":"a"}})", R"({"member":{"S":"a"},"sorted_set":{"S":"b"}})",
          R"({"sorted_set":"a"})", R"({"sorted_set":"a","member_base64":"?"})", "[]", "1", "",
          "{"}) {
        EXPECT_FALSE(place_of_key(key)) << key;
    }
}

// If it fails, equal scores are reported as different, or different ones as equal.
TEST(RedisLeaderboardKeys, ScoresAreComparedAsDoubles) {
    struct Row {
        std::string table, redis;
        bool is_equal;
    };
    for (const Row& row : std::vector<Row>{
             {"7", "7", true},
             {"0", "-0", true},
             {"0.1", "0.10000000000000001", true},
             {"1E+20", "1e+20", true},
             {"100000000000000000000", "1e+20", true},
             {"12345678901234567890123456789012345678", "1.2345678901234568e+37", true},
             {"1E-130", "1.0000000000000001e-130", true},
             {"7", "7.0000000000000009", false},
             {"7", "inf", false},
             {"7", "", false}}) {
        EXPECT_EQ(score_text(row.table) == score_text(row.redis), row.is_equal)
            << row.table << " " << row.redis;
    }
}

class RedisLeaderboards : public testing::Test {
  protected:
    using Contents = std::map<std::string, std::string>;

    std::unique_ptr<Sink> open(const std::string& name = "cache") {
        auto opened = redis.open(options, name);
        const auto begun = opened->position_keeper()->begin("g", redis.soon());
        EXPECT_TRUE(begun) << begun.error().message;
        return opened;
    }
    void put(Sink& sink, const std::string& id, const std::string& more) {
        ++sequence;
        const Outcome outcome = sink.deliver(batch_of({.messages = {{.id = std::to_string(sequence),
                                                                     .key = key_of(id),
                                                                     .new_image = image(id, more)}},
                                                       .generation = "g",
                                                       .position = std::to_string(sequence)}),
                                             redis.soon());
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }
    static std::string image(const std::string& id, const std::string& more) {
        return R"({"id":{"S":")" + id + R"("})" + more + "}";
    }
    static std::string score(const std::string& number) {
        return R"(,"points":{"N":")" + number + "\"}";
    }

    // Entries only; those that may be foreign with a `?`.
    Contents scanned(Sink& sink) {
        Contents entries;
        const auto done = sink.copy_reader()->scan(
            [&](const CopiedRow& row) -> base::Status {
                if (place_of_key(row.key)) {
                    EXPECT_TRUE(
                        entries.emplace(row.key, row.content + (row.may_be_foreign ? "?" : ""))
                            .second)
                        << row.key << " twice";
                }
                return {};
            },
            redis.soon());
        EXPECT_TRUE(done) << done.error().message;
        return entries;
    }
    // "key content", "key ?", or "".
    static std::string derived(Sink& sink, const std::string& id, const std::string& image) {
        const auto rows = sink.copy_reader()->derived(key_of(id), image);
        EXPECT_TRUE(rows) << rows.error().message;
        return !rows || rows->empty()
                   ? ""
                   : rows->front().key + " " + rows->front().content.value_or("?");
    }

    RedisHarness redis;
    RedisOptions options = [this] {
        RedisOptions made = redis.options();
        made.sorted_set = {.name = "top:{area}", .score = "points"};
        return made;
    }();
    int sequence = 100;
};

TEST_F(RedisLeaderboards, SaysWhatIsExpected) {
    options.expire_at = "until";
    const std::string eu = R"(,"area":{"S":"eu"})";
    const std::string now = std::to_string(base::to_millis(redis.clock().wall()) / 1'000 - 60);
    const std::string over = R"(,"until":{"N":")" + now + "\"}";
    for (const RedisLayout layout : {RedisLayout::Hash, RedisLayout::Json, RedisLayout::Template}) {
        options.layout = layout;
        options.value = layout == RedisLayout::Template ? "{id}" : "";
        for (const bool has_tag : {false, true}) {
            options.key_tag = has_tag;
            const std::string tag = has_tag ? "{cache}" : "";
            const auto sink = open();
            const std::string key = entry(tag + "top:eu", tag + "orders:a");
            EXPECT_EQ(derived(*sink, "a", image("a", score("7.50") + eu)), key + " 7.5");
            EXPECT_EQ(derived(*sink, "a", image("a", score("7"))),
                      entry(tag + "top:", tag + "orders:a") + " 7");
            EXPECT_EQ(derived(*sink, "a", image("a", eu)), "") << "no score";
            EXPECT_EQ(derived(*sink, "a", image("a", R"(,"points":{"S":"7"})" + eu)), "");
            EXPECT_EQ(derived(*sink, "a", image("a", score("7") + eu + over)), key + " ?");
            EXPECT_EQ(derived(*sink, "a", ""), "") << "the key does not tell its set";
            put(*sink, "a", score("7.50") + eu);
            EXPECT_EQ(scanned(*sink), (Contents{{key, "7.5"}}));
        }
    }
    options.sorted_set = {.name = "top", .score = "points", .member = "{id}"};
    EXPECT_EQ(derived(*open(), "a", ""), entry("{cache}top", "a") + " ?");
    options.sorted_set = {};
    const auto without = open();
    EXPECT_EQ(derived(*without, "a", image("a", score("7"))), "");
    EXPECT_EQ(scanned(*without), Contents{});
}

// Sets of every size, as the server keeps small ones in another form, and more of them than are
// read at once.
TEST_F(RedisLeaderboards, ReadsEveryEntryOnce) {
    const auto sink = open();
    std::vector<MadeMessage> rows;
    Contents expected;
    for (int i = 0; i < 6'000; ++i) {
        const std::string id = std::to_string(i);
        const std::string area = i % 2 == 0 ? "large" : std::to_string(i % 300);
        rows.push_back(
            {.id = "10",
             .key = key_of(id),
             .new_image = image(id, score(id + ".1") + R"(,"area":{"S":")" + area + "\"}")});
        expected[entry("top:" + area, "orders:" + id)] = score_text(id + ".1");
    }
    const Outcome outcome = sink->deliver(batch_of({.messages = std::move(rows),
                                                    .content = Content::Rows,
                                                    .generation = "g",
                                                    .position = "1"}),
                                          redis.soon());
    ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(scanned(*sink), expected);
}

// Whoever writes into our set by hand is told; two sinks that share one do not undo each other.
TEST_F(RedisLeaderboards, KnowsWhichSetsOtherSinksWriteToo) {
    const auto cache = open();
    options.key = "other:{id}";
    const auto other = open("other");
    put(*cache, "a", score("1") + R"(,"area":{"S":"both"})");
    put(*cache, "b", score("2") + R"(,"area":{"S":"mine"})");
    put(*other, "c", score("3") + R"(,"area":{"S":"both"})");
    redis.ask({"ZADD", "top:mine", "4", "by hand"});
    EXPECT_EQ(scanned(*cache), (Contents{{entry("top:both", "orders:a"), "1?"},
                                         {entry("top:both", "other:c"), "3?"},
                                         {entry("top:mine", "orders:b"), "2"},
                                         {entry("top:mine", "by hand"), "4"}}));
    EXPECT_EQ(scanned(*other), (Contents{{entry("top:both", "orders:a"), "1?"},
                                         {entry("top:both", "other:c"), "3?"}}));
}

TEST_F(RedisLeaderboards, RemovesEntriesAndNothingElse) {
    const auto sink = open();
    put(*sink, "a", score("1"));
    put(*sink, "b", score("2"));
    redis.ask({"ZADD", "top:", "4", "\xff"});
    const auto remove = [&](const std::vector<std::string>& keys) {
        const auto done = sink->copy_reader()->remove(keys, redis.soon());
        EXPECT_TRUE(done) << done.error().message;
    };
    remove({entry("top:", "orders:a"), key_of_place({"top:", "\xff"}), entry("none", "x")});
    EXPECT_EQ(scanned(*sink), (Contents{{entry("top:", "orders:b"), "2"}}));
    EXPECT_EQ(redis.keys("orders:*"), (std::vector<std::string>{"orders:a", "orders:b"}));
    // An entry that another item may want as well stays until it is named itself.
    remove({key_of("b")});
    EXPECT_EQ(scanned(*sink), (Contents{{entry("top:", "orders:b"), "2"}}));
    EXPECT_EQ(redis.keys("orders:*"), std::vector<std::string>{"orders:a"});
}

TEST_F(RedisLeaderboards, SaysWhichSetIsSomethingElse) {
    const auto sink = open();
    put(*sink, "a", score("1"));
    redis.ask({"SET", "top:", "a string of somebody else"});
    const auto done = sink->copy_reader()->scan([](const CopiedRow&) -> base::Status { return {}; },
                                                redis.soon());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message.find("sorted set top:: the server answered: WRONGTYPE"), 0u)
        << done.error().message;
}

}  // namespace
}  // namespace millbeck::sinks
