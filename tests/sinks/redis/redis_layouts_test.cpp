// What an item becomes in Redis: keys, hashes, strings, expiry, leaderboards, and what is refused.
#include <limits>

#include "tests/sinks/redis/redis_harness.hpp"

namespace millbeck::sinks {
namespace {

constexpr std::string_view kKey = R"({"game":{"S":"go"},"player":{"S":"ann"}})";

class RedisLayouts : public testing::Test {
  protected:
    void open(const RedisOptions& options) {
        sink = redis.open(options);
        const auto begun = sink->position_keeper()->begin("g", redis.soon());
        ASSERT_TRUE(begun) << begun.error().message;
    }

    Outcome deliver(MadeMessage message) {
        ++sequence;
        message.id = std::to_string(sequence);
        message.key = message.key.empty() ? kKey : message.key;
        return sink->deliver(batch_of({.messages = {std::move(message)},
                                       .generation = "g",
                                       .position = std::to_string(sequence)}),
                             redis.soon());
    }

    // `more` follows the key attributes: `,"points":{"N":"7"}`.
    static std::string image(std::string_view more) {
        return std::string(kKey.substr(0, kKey.size() - 1)).append(more) + "}";
    }
    void put(std::string_view more) { replace("", more); }
    void replace(const std::string& old_image, std::string_view more) {
        const Outcome outcome =
            deliver({.id = "",
                     .key = "",
                     .new_image = image(more),
                     .old_image = old_image,
                     .event = old_image.empty() ? Event::Insert : Event::Modify});
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }
    void remove(const std::string& old_image = "") {
        const Outcome outcome = deliver(
            {.id = "", .key = "", .new_image = "", .old_image = old_image, .event = Event::Remove});
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }

    RedisHarness redis;
    std::unique_ptr<Sink> sink;
    int sequence = 100;
};

TEST_F(RedisLayouts, AHashHasAFieldForEachAttribute) {
    open(redis.options());
    put(R"(,"points":{"N":"-1.50"},"tags":{"SS":["a","b"]},"deep":{"M":{"x":{"N":"1"}}},)"
        R"("yes":{"BOOL":true},"no":{"NULL":true},"empty":{"S":""},"bin":{"B":"AAEC"})");
    EXPECT_EQ(redis.hash("orders:go:ann"),
              (std::map<std::string, std::string>{{"game", "go"},
                                                  {"player", "ann"},
                                                  {"points", "-1.50"},
                                                  {"tags", R"(["a","b"])"},
                                                  {"deep", R"({"x":1})"},
                                                  {"yes", "true"},
                                                  {"no", "null"},
                                                  {"empty", ""},
                                                  {"bin", "AAEC"}}));
    // An attribute that goes does not stay behind.
    replace(image(""), R"(,"points":{"N":"2"})");
    EXPECT_EQ(redis.hash("orders:go:ann").size(), 3u);
    EXPECT_EQ(redis.text({"HGET", "orders:go:ann", "_millbeck"}),
              "03102 cache " + std::string(kKey));
    remove();
    EXPECT_EQ(redis.keys("orders:*"), std::vector<std::string>{});
}

TEST_F(RedisLayouts, StringsAreJsonOrByTemplate) {
    RedisOptions options = redis.options();
    options.layout = RedisLayout::Json;
    options.key = "{player}/{game}";
    open(options);
    put(R"(,"points":{"N":"12345678901234567890123456789012345678"})");
    EXPECT_EQ(redis.text({"GET", "ann/go"}),
              R"({"game":"go","player":"ann","points":12345678901234567890123456789012345678})");
    options.layout = RedisLayout::Template;
    options.value = "{player} has {points} in {{{game}}}, {missing}.";
    options.mapping.include = {"nothing"};
    open(options);
    EXPECT_EQ(redis.text({"GET", "ann/go"}), "nil");
    put(R"(,"points":{"N":"7"})");
    EXPECT_EQ(redis.text({"GET", "ann/go"}), "ann has 7 in {go}, .");
}

// A change of layout or of keys is a new generation: nothing of the old one stays.
TEST_F(RedisLayouts, BeginRemovesWhatOtherLayoutsAndKeysLeft) {
    RedisOptions options = redis.options();
    redis.ask({"HSET", "orders:not:ours", "a", "b"});
    redis.ask({"SET", "orders:neither", "x"});
    options.sorted_set = {.name = "top:{game}", .score = "points"};
    open(options);
    put(R"(,"points":{"N":"7"})");
    options.layout = RedisLayout::Json;
    options.key = "other:{game}:{player}";
    open(options);
    EXPECT_EQ(redis.keys("*"), (std::vector<std::string>{
                                   "millbeck:{cache}:positions", "millbeck:{cache}:prefixes",
                                   "millbeck:{cache}:rows", "orders:neither", "orders:not:ours"}));
    put("");
    options = redis.options();
    open(options);
    EXPECT_EQ(redis.keys("o*"), (std::vector<std::string>{"orders:neither", "orders:not:ours"}));
}

TEST_F(RedisLayouts, AnAttributeSaysWhenAnItemExpires) {
    RedisOptions options = redis.options();
    options.expire_at = "until";
    options.mapping.exclude = {"until"};
    for (const RedisLayout layout : {RedisLayout::Hash, RedisLayout::Json}) {
        options.layout = layout;
        open(options);
        const std::int64_t now = base::to_millis(redis.clock().wall()) / 1'000;
        const auto expires = [&](const std::string& type, const std::string& value) {
            put(R"(,"until":{")" + type + R"(":")" + value + R"("})");
            return redis.ask({"EXPIRETIME", "orders:go:ann"}).integer;
        };
        EXPECT_EQ(expires("N", std::to_string(now + 100)), now + 100);
        EXPECT_EQ(expires("N", std::to_string(now + 200) + ".75"), now + 200);
        EXPECT_EQ(expires("S", std::to_string(now + 100)), -1);   // as on AWS: no number
        EXPECT_EQ(expires("N", "1" + std::string(30, '0')), -1);  // no such time
        EXPECT_EQ(expires("N", "1000"), -1);                      // over five years ago
        EXPECT_EQ(expires("N", std::to_string(now - 100)), -2);   // gone
        const Batch batch =
            batch_of({.messages = {{.id = "1",
                                    .key = std::string(kKey),
                                    .new_image = image(R"(,"until":{"N":")" +
                                                       std::to_string(now - 1) + "\"}")}}});
        const auto expected = sink->copy_reader()->expected(batch.messages[0]);
        ASSERT_TRUE(expected);
        EXPECT_FALSE(expected->has_value());
    }
}

TEST_F(RedisLayouts, ALeaderboardFollowsTheItems) {
    RedisOptions options = redis.options();
    options.sorted_set = {.name = "top:{game}", .score = "points", .member = "{player}"};
    options.mapping.include = {"player"};
    open(options);
    const auto score = [&] { return redis.text({"ZSCORE", "top:go", "ann"}); };
    put(R"(,"points":{"N":"7"})");
    EXPECT_EQ(score(), "7");
    put(R"(,"points":{"N":"9.5"})");
    EXPECT_EQ(score(), "9.5");
    put(R"(,"points":{"S":"many"})");
    EXPECT_EQ(score(), "nil");
    put(R"(,"points":{"N":"1"})");
    remove();
    EXPECT_EQ(score(), "nil");
}

// Where the set is not told by the key, the old image says what to leave.
TEST_F(RedisLayouts, ALeaderboardIsChangedWithOldImages) {
    RedisOptions options = redis.options();
    options.sorted_set = {.name = "top:{region}", .score = "points"};
    open(options);
    const std::string north = R"(,"points":{"N":"7"},"region":{"S":"north"})";
    const std::string south = R"(,"points":{"N":"8"},"region":{"S":"south"})";
    put(north);
    EXPECT_EQ(redis.text({"ZSCORE", "top:north", "orders:go:ann"}), "7");
    replace(image(north), south);
    EXPECT_EQ(redis.text({"ZSCORE", "top:north", "orders:go:ann"}), "nil");
    EXPECT_EQ(redis.text({"ZSCORE", "top:south", "orders:go:ann"}), "8");
    const Outcome outcome =
        deliver({.id = "", .key = "", .new_image = "", .old_image = "", .event = Event::Remove});
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_NE(outcome.error.message.find("old images"), std::string::npos);
    remove(image(south));
    EXPECT_EQ(redis.keys("top:*"), std::vector<std::string>{});
}

// A command that fails inside of a transaction leaves the others done: the position must not be.
TEST_F(RedisLayouts, AFailedCommandTakesThePositionBack) {
    RedisOptions options = redis.options();
    options.sorted_set = {.name = "top", .score = "points"};
    open(options);
    put("");
    redis.ask({"SET", "top", "a string of somebody else"});
    const auto batch = batch_of({.messages = {{.id = "500",
                                               .key = std::string(kKey),
                                               .new_image = image(R"(,"points":{"N":"7"})")}},
                                 .generation = "g",
                                 .position = "after"});
    for (int attempt = 0; attempt < 2; ++attempt) {
        const Outcome outcome = sink->deliver(batch, redis.soon());
        EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
        EXPECT_NE(outcome.error.message.find("WRONGTYPE"), std::string::npos);
        EXPECT_EQ(redis.text({"HGET", "millbeck:{cache}:positions", "at shard"}), "101");
    }
}

TEST_F(RedisLayouts, RefusesWhatDoesNotFitTheKey) {
    struct Row {
        std::string key, words;
    };
    for (const Row& row : std::vector<Row>{{"a:{game}", "does not name {player}"},
                                           {"{game}-{player}-{points}", "names {points}"}}) {
        RedisOptions options = redis.options();
        options.key = row.key;
        open(options);
        const Outcome outcome = deliver({.id = "", .key = "", .new_image = image("")});
        EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
        EXPECT_EQ(outcome.error.code, base::Code::Invalid);
        EXPECT_NE(outcome.error.message.find(row.words), std::string::npos)
            << outcome.error.message;
    }
    open(redis.options());
    const Outcome outcome = deliver({.id = "", .key = "", .new_image = ""});
    EXPECT_NE(outcome.error.message.find("no new images"), std::string::npos);
}

TEST_F(RedisLayouts, RefusesOptionsThatContradictEachOther) {
    using Change = void (*)(RedisOptions&);
    for (const Change change :
         std::vector<Change>{[](RedisOptions& o) { o.port = 0; },
                             [](RedisOptions& o) { o.host = ""; },
                             [](RedisOptions& o) { o.connections = 0; },
                             [](RedisOptions& o) { o.connections = 65; },
                             [](RedisOptions& o) { o.connect_timeout = {}; },
                             [](RedisOptions& o) { o.tombstone_for = base::Milliseconds{59'999}; },
                             [](RedisOptions& o) { o.user = "u"; },
                             [](RedisOptions& o) { o.cert_file = "c"; },
                             [](RedisOptions& o) { o.ca_file = "c"; },
                             [](RedisOptions& o) { o.tls = true, o.unix_socket = "/s"; },
                             [](RedisOptions& o) { o.tls = true, o.ca_file = "/nowhere/ca.pem"; },
                             [](RedisOptions& o) { o.key_tag = true, o.database = 1; },
                             [](RedisOptions& o) { o.meta_field = ""; },
                             [](RedisOptions& o) { o.layout = RedisLayout::Template; },
                             [](RedisOptions& o) { o.value = "{v}"; },
                             [](RedisOptions& o) { o.key = "{a}{b}"; },
                             [](RedisOptions& o) { o.key = "constant"; },
                             [](RedisOptions& o) { o.key = "{a"; },
                             [](RedisOptions& o) { o.key = "a}"; },
                             [](RedisOptions& o) { o.key = "{}"; },
                             [](RedisOptions& o) { o.key = "millbeck:{{{a}"; },
                             [](RedisOptions& o) { o.sorted_set.name = "n"; },
                             [](RedisOptions& o) { o.sorted_set.member = "{m}"; }}) {
        RedisOptions options = redis.options();
        change(options);
        const auto opened = open_redis(options, redis.context());
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, base::Code::Invalid) << opened.error().message;
        EXPECT_EQ(opened.error().message.find("redis: "), 0u) << opened.error().message;
    }
}

}  // namespace
}  // namespace millbeck::sinks
