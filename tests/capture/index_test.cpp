#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "capture/table_store.hpp"
#include "tests/support/expressions.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using expression::KeyOperator;
using nlohmann::json;
using shardlog::AttributeType;
using tests::item_of;

const KeyAttribute kGroup{"g", AttributeType::S};
const KeyAttribute kRank{"n", AttributeType::N};

IndexSpec index_spec(std::string name, KeySchema keys, IndexProjection projection,
                     IndexKind kind = IndexKind::Global) {
    IndexSpec spec;
    spec.name = std::move(name);
    spec.kind = kind;
    spec.keys = std::move(keys);
    spec.projection = projection;
    if (projection == IndexProjection::Include) {
        spec.included = {"x"};
    }
    return spec;
}

// A table `t` (pk S, sk S) with an index of each kind.
class IndexTest : public tests::StoreFixture, public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(open());
        TableSpec table = spec("t");
        table.keys.range = KeyAttribute{"sk", AttributeType::S};
        table.indexes = {
            index_spec("local", {{"pk", AttributeType::S}, kRank}, IndexProjection::KeysOnly,
                       IndexKind::Local),
            index_spec("all", {kGroup, kRank}, IndexProjection::All),
            index_spec("some", {kGroup, {}}, IndexProjection::Include),
            index_spec("many",
                       {kGroup, kRank, {{"w", AttributeType::S}}, {{"sk", AttributeType::S}}},
                       IndexProjection::KeysOnly),
        };
        ASSERT_TRUE(create(table));
    }

    static std::string text(const json& item) { return item.dump(); }
    static json item(const std::string& pk, const std::string& sk) {
        return {{"pk", {{"S", pk}}}, {"sk", {{"S", sk}}}};
    }
    static json item(const std::string& pk, const std::string& sk, const std::string& g, int n) {
        json made = item(pk, sk);
        made["g"]["S"] = g;
        made["n"]["N"] = std::to_string(n);
        return made;
    }

    // All of an index, in its order.
    std::vector<std::string> scan(const std::string& index, std::size_t limit = 1000) {
        PageRequest request;
        request.table = table_name("t");
        request.index = index;
        request.limit = limit;
        std::vector<std::string> found;
        for (bool more = true; more;) {
            const auto page = store().read_page(request);
            EXPECT_TRUE(page) << page.error().message;
            if (!page) {
                return found;
            }
            for (const json& each : json::parse("[" + page->items + "]")) {
                found.push_back(each.dump());
            }
            more = page->last_key.has_value();
            if (more) {
                request.start_after = item_of(*page->last_key);
            }
        }
        return found;
    }

    // What the index must hold, by the table itself.
    std::vector<std::string> expected(const std::vector<std::string>& key_names,
                                      const std::vector<std::string>& kept) {
        std::vector<std::string> entries;
        for (const std::string& each : all("t")) {
            const json whole = json::parse(each);
            const bool in = std::all_of(key_names.begin(), key_names.end(),
                                        [&](const auto& name) { return whole.contains(name); });
            if (!in) {
                continue;
            }
            json part = kept.empty() ? whole : json::object();
            for (const std::string& name : kept) {
                if (whole.contains(name)) {
                    part[name] = whole[name];
                }
            }
            entries.push_back(part.dump());
        }
        std::sort(entries.begin(), entries.end());
        return entries;
    }

    void expect_indexes_equal_the_table(const std::string& context) {
        const auto sorted = [](std::vector<std::string> entries) {
            std::sort(entries.begin(), entries.end());
            return entries;
        };
        const std::vector<std::vector<std::string>> wanted = {
            expected({"n"}, {"n", "pk", "sk"}), expected({"g", "n"}, {}),
            expected({"g"}, {"g", "pk", "sk", "x"}),
            expected({"g", "n", "w"}, {"g", "n", "pk", "sk", "w"})};
        const std::vector<std::string> names = {"local", "all", "some", "many"};
        const auto described = store().describe_table(table_name("t"));
        ASSERT_TRUE(described);
        for (std::size_t i = 0; i < names.size(); ++i) {
            EXPECT_EQ(sorted(scan(names[i])), wanted[i]) << names[i] << " " << context;
            std::int64_t bytes = 0;
            for (const std::string& entry : wanted[i]) {
                bytes += item_of(entry).size_bytes();
            }
            EXPECT_EQ(described->indexes[i].item_count,
                      static_cast<std::int64_t>(wanted[i].size()));
            EXPECT_EQ(described->indexes[i].size_bytes, bytes) << names[i] << " " << context;
        }
    }

    // Runs what the committer and the maintenance do until the index is there.
    void fill() {
        for (int i = 0; i < 1000; ++i) {
            ASSERT_TRUE(commit_group());
            ASSERT_TRUE(store().maintain());
            const auto table = store().describe_table(table_name("t"));
            if (table->status == TableStatus::Active) {
                return;
            }
        }
        FAIL() << "the index was never filled";
    }
};

// If it fails, a query of an index misses items, shows items that are gone, or shows them twice.
TEST_F(IndexTest, IndexesEqualTheTableThroughRandomWritesAndCrashes) {
    const std::uint64_t seed = tests::test_seed(7);
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto pick = [&](int below) {
        return std::uniform_int_distribution<int>(0, below - 1)(random);
    };
    for (int round = 0; round < 400; ++round) {
        std::vector<Commit> commits(static_cast<std::size_t>(1 + pick(4)));
        for (Commit& commit : commits) {
            json whole = item("p" + std::to_string(pick(4)), "s" + std::to_string(pick(5)));
            const json key = whole;
            const int kind = pick(10);
            if (kind < 2) {
                commit.emplace_back(delete_write("t", text(key)));
                continue;
            }
            if (kind < 5) {
                auto update = tests::update_of(
                    {"ADD n :d SET x = :x REMOVE y", R"({":d":{"N":"1"},":x":{"S":"u"}})", ""});
                ASSERT_TRUE(update);
                commit.emplace_back(
                    UpdateWrite{table_name("t"), item_of(text(key)), *update, {}, {}});
                continue;
            }
            if (pick(3) > 0) {
                whole["g"]["S"] = std::string(static_cast<std::size_t>(1 + pick(2)), 'a');
            }
            if (pick(3) > 0) {
                whole["n"]["N"] = std::to_string(pick(7) - 3);
            }
            if (pick(3) > 0) {
                whole["w"]["S"] = std::to_string(pick(2));
            }
            whole["x"]["S"] = std::to_string(pick(3));
            whole["y"]["BOOL"] = pick(2) == 0;
            commit.emplace_back(put_write("t", text(whole)));
        }
        const Answers answer = submit(std::move(commits));
        ASSERT_TRUE(commit_group());
        ASSERT_TRUE((*answer)->has_value()) << (*answer)->error().message;
        if (round % 20 == 19) {
            if (round % 40 == 39) {
                ASSERT_TRUE(store().maintain());
            }
            ASSERT_TRUE(reopen());
        }
        if (round % 10 == 9) {
            ASSERT_NO_FATAL_FAILURE(
                expect_indexes_equal_the_table("after round " + std::to_string(round)));
        }
    }
}

// Order by the index's sort key, numbers by value, equal keys all there, pages of any size.
TEST_F(IndexTest, AnIndexIsReadInItsOwnOrder) {
    int next = 0;
    for (const int n : {10, 9, -1, 100, 9}) {
        ASSERT_TRUE(put("t", text(item("p" + std::to_string(next++), "s", "a", n))));
    }
    ASSERT_TRUE(put("t", text(item("p9", "s", "b", 5))));
    for (const std::size_t limit : {1U, 2U, 3U, 10U}) {
        for (const Order order : {Order::Ascending, Order::Descending}) {
            PageRequest request;
            request.table = table_name("t");
            request.index = "all";
            request.terms = {{"g", KeyOperator::Equal, R"({"S":"a"})", ""}};
            request.limit = limit;
            request.order = order;
            std::vector<int> numbers;
            for (bool more = true; more;) {
                const auto page = store().read_page(request);
                ASSERT_TRUE(page) << page.error().message;
                for (const json& each : json::parse("[" + page->items + "]")) {
                    numbers.push_back(std::stoi(each["n"]["N"].get<std::string>()));
                }
                more = page->last_key.has_value();
                if (more) {
                    const json key = json::parse(*page->last_key);
                    ASSERT_EQ(key.size(), 4U) << *page->last_key;
                    request.start_after = item_of(*page->last_key);
                }
            }
            std::vector<int> wanted = {-1, 9, 9, 10, 100};
            if (order == Order::Descending) {
                std::reverse(wanted.begin(), wanted.end());
            }
            EXPECT_EQ(numbers, wanted) << limit;
        }
    }
}

// A text that is the beginning of another, and one with a NUL in it: delimiting must not show.
TEST_F(IndexTest, TextsKeepTheirOrderAlthoughSomethingFollowsThem) {
    TableUpdate update;
    update.name = table_name("t");
    update.create_index =
        index_spec("texts", {{"pk", AttributeType::S}, KeyAttribute{"u", AttributeType::S}},
                   IndexProjection::All);
    ASSERT_TRUE(run([&] { return store().update_table(update); }));
    ASSERT_NO_FATAL_FAILURE(fill());
    const std::vector<std::string> texts = {
        "a", std::string("a\0", 2), std::string("a\0b", 3), "a\x01", "ab", "b"};
    for (std::size_t i = texts.size(); i > 0; --i) {
        json whole = item("p", "s" + std::to_string(i));
        whole["u"]["S"] = texts[i - 1];
        ASSERT_TRUE(put("t", text(whole)));
    }
    const auto found = [&](KeyOperator op, const std::string& value) {
        PageRequest request;
        request.table = table_name("t");
        request.index = "texts";
        request.terms = {
            {"pk", KeyOperator::Equal, R"({"S":"p"})", ""},
            {"u", op, item_of(json{{"u", {{"S", value}}}}.dump()).text().substr(5), ""}};
        request.terms->back().first.pop_back();
        const auto page = store().read_page(request);
        EXPECT_TRUE(page) << page.error().message;
        std::vector<std::string> result;
        for (const json& each : json::parse("[" + page->items + "]")) {
            result.push_back(each["u"]["S"]);
        }
        return result;
    };
    using Texts = std::vector<std::string>;
    EXPECT_EQ(found(KeyOperator::GreaterOrEqual, "a"), texts);
    EXPECT_EQ(found(KeyOperator::Greater, "a"), Texts(texts.begin() + 1, texts.end()));
    EXPECT_EQ(found(KeyOperator::Equal, "a"), Texts{"a"});
    EXPECT_EQ(found(KeyOperator::BeginsWith, "a"), Texts(texts.begin(), texts.end() - 1));
    EXPECT_EQ(found(KeyOperator::BeginsWith, std::string("a\0", 2)),
              Texts(texts.begin() + 1, texts.begin() + 3));
    EXPECT_EQ(found(KeyOperator::Less, "ab"), Texts(texts.begin(), texts.begin() + 4));
    EXPECT_EQ(found(KeyOperator::LessOrEqual, "ab"), Texts(texts.begin(), texts.begin() + 5));
}

// Made on a table with items, while writes go on and through a crash in the middle.
TEST_F(IndexTest, AnIndexOfALiveTableIsFilled) {
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(put("t", text(item("p" + std::to_string(i), "s", "g", i))));
    }
    json odd = item("odd", "s");
    odd["late"]["N"] = "1";  // of another type than the index will have
    ASSERT_TRUE(put("t", text(odd)));
    TableUpdate update;
    update.name = table_name("t");
    update.create_index =
        index_spec("late", {{"late", AttributeType::S}, kRank}, IndexProjection::All);
    TableUpdate by_group = update;
    by_group.create_index = index_spec("again", {kGroup, kRank}, IndexProjection::All);
    ASSERT_TRUE(run([&] { return store().update_table(by_group); }));
    auto table = store().describe_table(table_name("t"));
    EXPECT_EQ(table->status, TableStatus::Updating);
    EXPECT_EQ(table->indexes.back().status, IndexStatus::Creating);
    PageRequest early;
    early.table = table_name("t");
    early.index = "again";
    EXPECT_EQ(store().read_page(early).error().message,
              "Cannot read from backfilling global secondary index: again");
    EXPECT_EQ(run([&] { return store().update_table(update); }).error().code, Code::LimitExceeded);
    ASSERT_TRUE(commit_group());
    ASSERT_TRUE(remove("t", text(item("p1", "s"))));
    ASSERT_TRUE(put("t", text(item("p2", "s", "other", 2))));
    ASSERT_TRUE(reopen());
    ASSERT_TRUE(put("t", text(item("p3", "s", "other", 3))));
    ASSERT_NO_FATAL_FAILURE(fill());
    EXPECT_EQ(scan("again").size(), 999U);
    std::vector<std::string> entries = scan("again", 7);
    std::sort(entries.begin(), entries.end());
    EXPECT_EQ(entries, expected({"g", "n"}, {}));
    ASSERT_TRUE(reopen());
    EXPECT_EQ(scan("again").size(), 999U);
    ASSERT_TRUE(run([&] { return store().update_table(update); }));
    ASSERT_NO_FATAL_FAILURE(fill());
    EXPECT_TRUE(scan("late").empty()) << "an item of the wrong type is left out";
    TableUpdate gone;
    gone.name = table_name("t");
    gone.delete_index = "again";
    ASSERT_TRUE(run([&] { return store().update_table(gone); }));
    EXPECT_EQ(store().read_page(early).error().message,
              "The table does not have the specified index: again");
    EXPECT_EQ(run([&] { return store().update_table(gone); }).error().code, Code::NotFound);
}

// A local index gives whole items although it does not hold them; a global one says no.
TEST_F(IndexTest, FetchesWhatALocalIndexDoesNotHold) {
    const json whole = item("p", "s", "g", 1);
    ASSERT_TRUE(put("t", text(whole)));
    PageRequest request;
    request.table = table_name("t");
    request.index = "local";
    request.terms = {{"pk", KeyOperator::Equal, R"({"S":"p"})", ""}};
    EXPECT_EQ(store().read_page(request)->items,
              R"({"n":{"N":"1"},"pk":{"S":"p"},"sk":{"S":"s"}})");
    request.select = Select::All;
    EXPECT_EQ(store().read_page(request)->items, text(whole));
    request.index = "some";
    request.terms = {{"g", KeyOperator::Equal, R"({"S":"g"})", ""}};
    EXPECT_EQ(store().read_page(request).error().message,
              "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
              "supported for global secondary index some because its projection type is not ALL");
    request.select = Select::Items;
    request.consistency = Consistency::Strong;
    EXPECT_EQ(store().read_page(request).error().message,
              "Consistent reads are not supported on global secondary indexes");
}

// If it fails, a query quietly finds nothing because its filter looks at what is not there.
TEST_F(IndexTest, AQueryFiltersByWhatTheIndexHoldsOnly) {
    ASSERT_TRUE(put("t", text(item("p", "s", "g", 1))));
    PageRequest request;
    request.table = table_name("t");
    const auto answer = [&](const std::string& filter) {
        request.filter = *tests::condition_of({filter, "", ""}, expression::Kind::Filter);
        const auto page = store().read_page(request);
        return page ? std::to_string(page->scanned_count) : page.error().message;
    };
    const auto missing = [](const std::string& index, const std::string& names) {
        return "One or more parameter values were invalid: Secondary index " + index +
               " does not project one or more filter attributes: [" + names + "]";
    };
    const std::string all = "attribute_exists(x.y) AND attribute_exists(z) AND size(z) > size(sk)";
    request.index = "local";
    request.terms = {{"pk", KeyOperator::Equal, R"({"S":"p"})", ""}};
    EXPECT_EQ(answer(all), missing("local", "x, z"));
    EXPECT_EQ(answer("attribute_exists(sk)"), "1");
    request.index = "some";
    request.terms = {{"g", KeyOperator::Equal, R"({"S":"g"})", ""}};
    EXPECT_EQ(answer(all), missing("some", "z"));
    EXPECT_EQ(answer("attribute_exists(x) AND attribute_exists(n.y)"),
              "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
              "allowed: IndexKey: n");
    request.index = "all";
    EXPECT_EQ(answer(all), "1");
    request.index = "some";
    request.terms.reset();
    EXPECT_EQ(answer(all), "1") << "a scan finds it missing";
}

}  // namespace
}  // namespace millbeck::capture
