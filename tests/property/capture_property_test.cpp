// Random puts, deletes, updates, conditions and atomic commits of several writes, groups,
// reopenings, power cuts, failed syncs and full disks; after each of them the tables equal a
// std::map, the fold of the log and the fold of the stream, an index equals the filter of its
// table, and counts are exact.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/expressions.hpp"
#include "tests/support/logged.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using shardlog::EventName;
using shardlog::StreamViewType;
using tests::item_of;
using tests::LoggedRecord;
using tests::StoreFixture;

constexpr int kSteps = 250;
constexpr int kKeys = 12;

using Items = std::map<std::string, std::string>;  // key map's text -> item's text

const std::map<std::string, Items> kNoItems = {{"streamed", {}}, {"plain", {}}, {"indexed", {}}};

// Where a write goes: table and partition key.
struct Place {
    std::string table;
    std::string key;
    friend bool operator==(const Place&, const Place&) = default;
};

Place place_of(const Write& write) {
    return std::visit(
        [](const auto& each) -> Place {
            const shardlog::Item* item = nullptr;
            if constexpr (requires { each.item; }) {
                item = &each.item;
            } else {
                item = &each.key;
            }
            return {each.table.value(),
                    shardlog::scalar_content(item->value_text(*item->find("pk")),
                                             shardlog::AttributeType::S)};
        },
        write);
}

// What acknowledged writes have made of the tables. The only condition there is in this test is
// that the item must not exist; the only update counts `c` up.
struct Oracle {
    std::map<std::string, Items> tables = kNoItems;
    std::uint64_t changes = 0;  // that must have left a record, ever

    [[nodiscard]] bool refuses(const Commit& commit) const {
        return std::any_of(commit.begin(), commit.end(), [&](const Write& write) {
            const bool conditional = std::visit(
                [](const auto& each) { return each.condition.holds.has_value(); }, write);
            const Place place = place_of(write);
            return conditional && tables.at(place.table).contains(key_text(place));
        });
    }

    void apply(const Commit& commit) {
        if (refuses(commit)) {
            return;
        }
        for (const Write& write : commit) {
            const Place place = place_of(write);
            Items& items = tables.at(place.table);
            const std::string key = key_text(place);
            if (const auto* put = std::get_if<PutWrite>(&write)) {
                changes += items[key] == put->item.text() ? 0U : 1U;
                items[key] = put->item.text();
            } else if (std::holds_alternative<UpdateWrite>(write)) {
                auto item = nlohmann::json::parse(items.contains(key) ? items[key] : key);
                const int count = item.contains("c") ? std::stoi(std::string(item["c"]["N"])) : 0;
                item["c"]["N"] = std::to_string(count + 1);
                items[key] = item.dump();
                ++changes;
            } else if (std::holds_alternative<DeleteWrite>(write)) {
                changes += items.erase(key);
            }
        }
    }

    static std::string key_text(const Place& place) {
        return tests::string_attribute("pk", place.key);
    }

    friend bool operator==(const Oracle&, const Oracle&) = default;
};

class CaptureProperty : public StoreFixture {
  public:
    explicit CaptureProperty(std::uint64_t seed) : StoreFixture(options()), random_(seed) {}

    void run() {
        const base::Status opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE(create(spec("streamed", StreamViewType::NewAndOldImages)));
        ASSERT_TRUE(create(spec("plain")));
        TableSpec indexed = spec("indexed");
        IndexSpec index;
        index.name = "by-v";
        index.keys.hash = {"v", shardlog::AttributeType::N};
        indexed.indexes = {index};
        ASSERT_TRUE(create(indexed));
        for (int step = 0; step < kSteps && !::testing::Test::HasFailure(); ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            one_step();
        }
        restart(Ending::PowerCut);
        check();
    }

  private:
    enum class Ending { Closed, PowerCut };

    static tests::StoreFixtureOptions options() {
        tests::StoreFixtureOptions options;
        options.power_cuts = base::PowerCuts::Recorded;
        options.log.segment_bytes = 64U << 10U;
        return options;
    }

    int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }

    void one_step() {
        clock().advance(base::Milliseconds{up_to(2'000)});
        switch (up_to(19)) {
            case 0:
                restart(Ending::Closed);
                return check();
            case 1:
                restart(Ending::PowerCut);
                return check();
            case 2:
                return failed_sync();
            case 3:
                return full_disk();
            case 4: {
                EXPECT_TRUE(log().maintain());
                EXPECT_TRUE(store().maintain());
                return;
            }
            case 5:
                return roll_a_shard();
            default:
                return write_group();
        }
    }

    Write random_write() {
        const std::vector<std::string> tables = {"plain", "streamed", "streamed", "indexed"};
        const std::string& table = tables[static_cast<std::size_t>(up_to(3))];
        const std::string key = "key" + std::to_string(up_to(kKeys - 1));
        const std::string key_item = tests::string_attribute("pk", key);
        const WriteCondition condition =
            up_to(4) == 0 ? WriteCondition{absent_, OnConditionFailure::ShowNothing}
                          : WriteCondition{};
        switch (up_to(7)) {
            case 0:
            case 1:
                return DeleteWrite{table_name(table), item_of(key_item), {}, condition};
            case 2:
            case 3:
                return UpdateWrite{table_name(table), item_of(key_item), count_, {}, condition};
            case 4:
                return CheckWrite{table_name(table), item_of(key_item), condition};
            default:
                break;
        }
        // Few values, so that many puts change nothing; some large, so that segments roll.
        const auto filler = static_cast<std::size_t>(up_to(3) == 0 ? 4'000 : 10);
        return PutWrite{
            table_name(table),
            item_of(R"({"pk":{"S":")" + key + R"("},"v":{"N":")" + std::to_string(up_to(2)) +
                    R"("},"x":{"S":")" + std::string(filler, 'x') + R"("}})"),
            {},
            condition};
    }

    // One to three writes of different items.
    Commit random_commit() {
        Commit commit = {random_write()};
        for (int more = up_to(3) == 0 ? 2 : 0; more > 0; --more) {
            Write other = random_write();
            const bool is_new = std::none_of(commit.begin(), commit.end(), [&](const auto& each) {
                return place_of(each) == place_of(other);
            });
            if (is_new) {
                commit.push_back(std::move(other));
            }
        }
        return commit;
    }

    // A group of requests of one to three commits each; `commits` gets them all, in order.
    std::vector<Answers> submit_group(std::vector<Commit>& commits) {
        std::vector<Answers> answers;
        for (int request = up_to(7); request >= 0; --request) {
            std::vector<Commit> batch;
            for (int i = up_to(2); i >= 0; --i) {
                batch.push_back(random_commit());
                commits.push_back(batch.back());
            }
            answers.push_back(submit(std::move(batch)));
        }
        return answers;
    }

    void write_group() {
        std::vector<Commit> commits;
        const std::vector<Answers> answers = submit_group(commits);
        ASSERT_TRUE(commit_group());
        std::vector<WriteResult> results;
        for (const Answers& answer : answers) {
            ASSERT_TRUE(answer->has_value());
            ASSERT_TRUE(**answer) << (*answer)->error().message;
            results.insert(results.end(), (**answer)->begin(), (**answer)->end());
        }
        auto result = results.begin();
        for (const Commit& commit : commits) {
            const auto end = result + static_cast<std::ptrdiff_t>(commit.size());
            const bool refused =
                std::any_of(result, end, [](const auto& each) { return each.refusal.has_value(); });
            ASSERT_EQ(refused, oracle_.refuses(commit));
            result = end;
            oracle_.apply(commit);
        }
    }

    // A refused group leaves nothing behind, now or later.
    void full_disk() {
        files().set_free_bytes(0);
        std::vector<Commit> commits;
        const std::vector<Answers> answers = submit_group(commits);
        ASSERT_TRUE(commit_group());
        const bool written = (*answers.front())->has_value();
        for (const Answers& answer : answers) {
            ASSERT_EQ((*answer)->has_value(), written) << "a group is written or refused";
            if (!written) {
                ASSERT_EQ((*answer)->error().code, base::Code::NoSpace);
            }
        }
        files().set_free_bytes_unlimited();
        if (written) {
            for (const Commit& commit : commits) {
                oracle_.apply(commit);
            }
        }
        check();
    }

    // Nobody was told that these were written: after recovery some first part of them is there.
    void failed_sync() {
        std::vector<Commit> commits;
        const std::vector<Answers> answers = submit_group(commits);
        std::vector<Oracle> possible = {oracle_};
        for (const Commit& commit : commits) {
            possible.push_back(possible.back());
            possible.back().apply(commit);
        }
        if (possible.back() == oracle_) {  // nothing changes, so nothing is synced
            ASSERT_TRUE(commit_group());
            return;
        }
        files().inject({.call = base::FileCall::Sync, .times = base::Fault::kForever});
        ASSERT_FALSE(commit_group());
        for (const Answers& answer : answers) {
            ASSERT_EQ((*answer)->error().code, base::Code::Unavailable);
        }
        files().clear_faults();
        // Only the process may have died: then the log reads its lost frames back from memory, and
        // must write them again before anyone builds on them.
        restart(up_to(1) == 0 ? Ending::PowerCut : Ending::Closed);
        const auto found = std::find_if(possible.begin(), possible.end(), [&](const auto& state) {
            return state.tables == stored();
        });
        ASSERT_NE(found, possible.end()) << "what recovery found was never there";
        oracle_ = *found;
        check();
    }

    void roll_a_shard() {
        for (const auto& shard : log().shards(stream())) {
            if (!shard.ending) {
                const auto rolled = StoreFixture::run([&] { return store().roll_shard(shard.id); });
                EXPECT_TRUE(rolled);
                return;
            }
        }
    }

    void restart(Ending ending) {
        if (ending == Ending::PowerCut) {
            const base::Status cut =
                up_to(1) == 0 ? files().crash() : files().crash_keeping_some(*disk_luck_);
            ASSERT_TRUE(cut) << cut.error().message;
        }
        const base::Status opened = reopen();
        ASSERT_TRUE(opened) << opened.error().message;
    }

    shardlog::StreamId stream() { return store().describe_table(table_name("streamed"))->stream; }

    std::map<std::string, Items> stored() {
        std::map<std::string, Items> tables = kNoItems;
        for (auto& [name, items] : tables) {
            for (const std::string& text : all(name)) {
                const auto item = nlohmann::json::parse(text);
                items[tests::string_attribute("pk", std::string(item["pk"]["S"]))] = text;
            }
        }
        return tables;
    }

    void check() {
        ASSERT_EQ(stored(), oracle_.tables);
        std::vector<LoggedRecord> records = tests::logged(log());
        ASSERT_EQ(records.size(), oracle_.changes) << "one record per change, none for no change";
        check_fold(records, {"streamed", "plain", "indexed"});
        check_index();
        check_fold(streamed_records(), {"streamed"});
        for (const auto& [name, items] : oracle_.tables) {
            const auto table = store().describe_table(table_name(name));
            std::int64_t bytes = 0;
            for (const auto& [key, text] : items) {
                bytes += item_of(text).size_bytes();
            }
            ASSERT_EQ(table->item_count, static_cast<std::int64_t>(items.size())) << name;
            ASSERT_EQ(table->size_bytes, bytes) << name;
        }
    }

    void check_index() {
        PageRequest request;
        request.table = table_name("indexed");
        request.index = "by-v";
        const auto page = store().read_page(request);
        ASSERT_TRUE(page) << page.error().message;
        std::vector<std::string> entries;
        for (const auto& entry : nlohmann::json::parse("[" + page->items + "]")) {
            entries.push_back(entry.dump());
        }
        std::vector<std::string> filtered;
        for (const auto& [key, text] : oracle_.tables["indexed"]) {
            if (nlohmann::json::parse(text).contains("v")) {
                filtered.push_back(text);
            }
        }
        std::sort(entries.begin(), entries.end());
        std::sort(filtered.begin(), filtered.end());
        ASSERT_EQ(entries, filtered);
    }

    // As a consumer reads: every shard to its end, parents before children.
    std::vector<LoggedRecord> streamed_records() {
        std::vector<LoggedRecord> records;
        for (const auto& shard : log().shards(stream())) {
            shardlog::SequenceNumber from = shard.starting;
            while (true) {
                auto page = log().read(shard.id.number(), from, {.records_max = 7});
                EXPECT_TRUE(page) << page.error().message;
                for (const auto& record : page->records) {
                    records.push_back(tests::owned(record, record.sequence));
                }
                from = page->next;
                if (page->records.empty()) {
                    break;
                }
            }
        }
        return records;
    }

    // Applies the records by their own words; each must be possible where it stands.
    void check_fold(const std::vector<LoggedRecord>& records,
                    const std::vector<std::string>& names) {
        std::map<shardlog::TableId, std::string> name_of;
        std::map<std::string, Items> tables;
        for (const std::string& name : names) {
            name_of[store().describe_table(table_name(name))->id] = name;
            tables[name];
        }
        std::map<std::string, shardlog::SequenceNumber> last_of_key;
        for (const LoggedRecord& record : records) {
            ASSERT_TRUE(name_of.contains(record.table));
            const std::string& name = name_of[record.table];
            Items& items = tables[name];
            shardlog::SequenceNumber& last = last_of_key[name + record.keys];
            ASSERT_LT(last, record.sequence) << "order within a key";
            last = record.sequence;
            const auto before = items.find(record.keys);
            ASSERT_EQ(before == items.end(), record.event == EventName::Insert);
            if (before != items.end()) {
                ASSERT_EQ(record.old_size_bytes, item_of(before->second).size_bytes());
                ASSERT_EQ(record.old_image, name == "plain" ? "" : before->second);
                ASSERT_NE(record.new_image, before->second) << "a record of no change";
            }
            if (record.event == EventName::Remove) {
                items.erase(record.keys);
            } else {
                items[record.keys] = record.new_image;
            }
        }
        for (const std::string& name : names) {
            ASSERT_EQ(tables[name], oracle_.tables[name]) << name;
        }
    }

    std::mt19937_64 random_;
    std::unique_ptr<base::Random> disk_luck_ = base::seeded_random(random_());
    expression::Condition absent_ = *tests::condition_of({"attribute_not_exists(pk)", "", ""});
    expression::Update count_ = *tests::update_of({"ADD c :one", R"({":one":{"N":"1"}})", ""});
    Oracle oracle_;
};

// An acknowledged write that is gone, a change without a record, or a record without a change is
// the one thing this program must never do.
TEST(CaptureProperty, TablesLogStreamAndOracleAgreeThroughCrashes) {
    for (std::uint64_t round = 0; round < 4; ++round) {
        const std::uint64_t seed = tests::test_seed(20'260) + round;
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed));
        CaptureProperty property(seed);
        property.run();
        if (::testing::Test::HasFailure()) {
            return;
        }
    }
}

}  // namespace
}  // namespace millbeck::capture
