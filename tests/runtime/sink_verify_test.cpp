// What a comparison makes of rows, and of what a target derives of them.
#include "runtime/sink_verify.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/store_fixture.hpp"

namespace millbeck::runtime {
namespace {

using Contents = std::map<std::string, std::string>;

// The text behind `"name":{"S":"`, of an attribute of any type.
std::optional<std::string> attribute(std::string_view image, const std::string& name) {
    const std::size_t found = image.find("\"" + name + "\":{");
    if (found == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t begin = found + name.size() + std::string_view(R"("":{"S":")").size();
    return std::string(image.substr(begin, image.find('"', begin) - begin));
}

// Keeps every row, and beside it the score of those that have a board. As a real target it keeps
// what it has at this version, and its entries whatever becomes of the row.
class BoardSink final : public sinks::Sink, public sinks::CopyReader {
  public:
    sinks::Outcome deliver(const sinks::Batch& batch, base::Instant /*deadline*/) override {
        for (const sinks::Message& message : batch.messages) {
            if (!held.contains(std::string(message.key))) {
                take(std::string(message.key), message.new_image);
            }
        }
        return {};
    }
    [[nodiscard]] unsigned concurrency() const override { return 1; }
    void stop(base::Instant /*deadline*/) override {}
    sinks::CopyReader* copy_reader() override { return this; }

    [[nodiscard]] base::Result<std::optional<sinks::CopiedRow>> expected(
        const sinks::Message& row) const override {
        return std::optional(sinks::CopiedRow{std::string(row.key), std::string(row.new_image)});
    }
    [[nodiscard]] base::Result<std::vector<sinks::DerivedRow>> derived(
        std::string_view /*key*/, std::string_view image) const override {
        return entries(image);
    }
    base::Status scan(const std::function<base::Status(sinks::CopiedRow)>& visit,
                      base::Instant /*deadline*/) override {
        for (const auto& [key, content] : held) {
            MB_TRY_STATUS(visit({key, content, key.find("shared") != std::string::npos}));
        }
        return {};
    }
    base::Status remove(const std::vector<std::string>& keys, base::Instant /*deadline*/) override {
        for (const std::string& each : keys) {
            held.erase(each);
        }
        return {};
    }

    void take(const std::string& key, std::string_view image) {
        held[key] = image;
        for (const sinks::DerivedRow& each : entries(image)) {
            held[each.key] = each.content.value_or("");
        }
    }

    Contents held;

  private:
    static std::vector<sinks::DerivedRow> entries(std::string_view image) {
        std::vector<sinks::DerivedRow> rows;
        if (const auto board = attribute(image, "board")) {
            rows.push_back({"entry of " + *board, attribute(image, "score")});
        }
        return rows;
    }
};

class SinkVerify : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(store.open());
        ASSERT_TRUE(store.create(
            tests::StoreFixture::spec("orders", shardlog::StreamViewType::NewAndOldImages)));
    }

    static std::string key_of(const std::string& id) { return R"({"pk":{"S":")" + id + R"("}})"; }
    // Without a score: nobody can say what its entry is.
    static std::string item(const std::string& id, const std::string& board,
                            const std::string& score) {
        const std::string more = score.empty() ? "" : R"(,"score":{"N":")" + score + "\"}";
        return R"({"board":{"S":")" + board + R"("},"pk":{"S":")" + id + "\"}" + more + "}";
    }
    void put(const std::string& id, const std::string& board, const std::string& score) {
        EXPECT_TRUE(store.put("orders", item(id, board, score)));
    }
    // The sink has got everything so far.
    void deliver_all() {
        for (const std::string& image : store.all("orders")) {
            sink.take(key_of(*attribute(image, "pk")), image);
        }
        delivered = (*store.store().image(tests::StoreFixture::table_name("orders")))->as_of();
    }

    Comparison compare(Repair repair = Repair::No) {
        const shardlog::Stream stream = store.log().streams().front();
        const auto image = store.store().image(stream.table_name);
        ComparisonContext context{.log = store.log(),
                                  .clock = store.clock(),
                                  .identity = {},
                                  .spec = {},
                                  .stream = stream,
                                  .generation = "g",
                                  .checkpoints = {},
                                  .image = **image,
                                  .sink = sink};
        context.spec.name = "copy";
        context.spec.table = stream.table_name;
        for (const shardlog::Shard& shard : store.log().shards(stream.id)) {
            context.checkpoints.push_back({.shard = shard.id, .next = delivered.next()});
        }
        const auto compared = compare_copy(context, repair);
        EXPECT_TRUE(compared) << compared.error().message;
        return compared.value_or(Comparison{});
    }
    static std::vector<std::vector<std::string>> differences(const Comparison& found) {
        std::vector<std::vector<std::string>> keys{found.missing.keys, found.extra.keys,
                                                   found.different.keys};
        for (auto& each : keys) {
            std::sort(each.begin(), each.end());
        }
        return keys;
    }

    using Keys = std::vector<std::string>;
    tests::StoreFixture store;
    BoardSink sink;
    shardlog::SequenceNumber delivered;
};

TEST_F(SinkVerify, NamesWhatDiffersAndMendsIt) {
    for (const std::string id : {"a", "b", "c", "d"}) {
        put(id, id, "5");
    }
    deliver_all();
    const Contents whole = sink.held;
    Comparison found = compare();
    EXPECT_TRUE(found.is_equal());
    EXPECT_EQ(found.rows, 4u);
    EXPECT_EQ(found.derived, 4u);
    sink.held.erase("entry of a");
    sink.held["entry of b"] = "6";
    sink.held["entry of nobody"] = "7";
    sink.held[key_of("c")] = "wrong";
    sink.held.erase(key_of("d"));
    sink.held[key_of("e")] = "extra";
    found = compare(Repair::Yes);
    EXPECT_EQ(found.missing.count, 2u);
    EXPECT_EQ(found.extra.count, 2u);
    EXPECT_EQ(found.different.count, 2u);
    EXPECT_EQ(differences(found), (std::vector<Keys>{{"entry of a", key_of("d")},
                                                     {"entry of nobody", key_of("e")},
                                                     {"entry of b", key_of("c")}}));
    EXPECT_TRUE(found.repaired);
    EXPECT_EQ(sink.held, whole);
    EXPECT_TRUE(compare().is_equal());
}

// If it fails, a sink that is behind has its newest entries called extra, and its oldest missing.
TEST_F(SinkVerify, EntriesThatMoveOnTheWayAreNoDifference) {
    put("a", "north", "5");
    put("b", "east", "5");
    deliver_all();
    put("a", "south", "6");
    put("a", "west", "7");
    EXPECT_TRUE(store.remove("orders", key_of("b")));
    for (const std::string at : {"north", "south", "west"}) {
        Comparison found = compare();
        EXPECT_TRUE(found.is_equal()) << at;
        EXPECT_EQ(found.on_the_way, 2u);
        EXPECT_EQ(found.rows, 0u);
        EXPECT_EQ(found.derived, 0u);
        sink.held.erase("entry of " + at);
        EXPECT_TRUE(compare().is_equal()) << at << " is gone";
        sink.held["entry of south"] = "0";
        sink.held["entry of west"] = "0";
    }
    sink.held["entry of somewhere"] = "0";
    EXPECT_EQ(compare().extra.keys, Keys{"entry of somewhere"});
}

TEST_F(SinkVerify, WhatSeveralRowsWantDifferentlyIsNotCompared) {
    put("a", "both", "5");
    put("b", "both", "6");
    put("c", "over", "");
    put("d", "over", "7");
    deliver_all();
    for (const std::string score : {"5", "6", "something else"}) {
        sink.held["entry of both"] = sink.held["entry of over"] = score;
        const Comparison found = compare();
        EXPECT_TRUE(found.is_equal()) << score;
        EXPECT_EQ(found.derived, 0u);
    }
    sink.held.erase("entry of over");
    EXPECT_TRUE(compare().is_equal());
}

// Named once, and both rows are right afterwards.
TEST_F(SinkVerify, WhatSeveralRowsWantAlikeIsCompared) {
    put("a", "both", "5");
    put("b", "both", "5");
    deliver_all();
    sink.held.erase("entry of both");
    const Comparison found = compare(Repair::Yes);
    EXPECT_EQ(found.derived, 1u);
    EXPECT_EQ(found.missing.count, 1u);
    EXPECT_EQ(found.missing.keys, Keys{"entry of both"});
    EXPECT_EQ(sink.held["entry of both"], "5");
    EXPECT_TRUE(compare().is_equal());
}

// If it fails, a repair deletes what somebody else keeps there.
TEST_F(SinkVerify, WhatMayBeForeignIsNeverExtra) {
    put("a", "shared a", "5");
    deliver_all();
    sink.held["entry of shared b"] = "7";
    EXPECT_TRUE(compare(Repair::Yes).is_equal());
    sink.held["entry of shared a"] = "0";
    EXPECT_EQ(compare(Repair::Yes).different.keys, Keys{"entry of shared a"});
    EXPECT_EQ(sink.held["entry of shared a"], "5");
    EXPECT_EQ(sink.held["entry of shared b"], "7");
}

}  // namespace
}  // namespace millbeck::runtime
