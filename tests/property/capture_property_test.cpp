// Random writes, groups, reopenings, power cuts, failed syncs and full disks; after each of them
// the tables equal a std::map, the fold of the log and the fold of the stream, and counts are
// exact.
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

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

// What acknowledged writes have made of the tables.
struct Oracle {
    std::map<std::string, Items> tables = {{"streamed", {}}, {"plain", {}}};
    std::uint64_t changes = 0;  // that must have left a record, ever

    void apply(const Commit& commit) {
        for (const Write& write : commit) {
            if (const auto* put = std::get_if<PutWrite>(&write)) {
                const std::string key = tests::string_attribute("pk", key_of(put->item));
                std::string& item = tables.at(put->table.value())[key];
                changes += item == put->item.text() ? 0U : 1U;
                item = put->item.text();
            } else {
                const auto& removal = std::get<DeleteWrite>(write);
                changes += tables.at(removal.table.value()).erase(removal.key.text());
            }
        }
    }

    static std::string key_of(const shardlog::Item& item) {
        return shardlog::scalar_content(item.value_text(*item.find("pk")),
                                        shardlog::AttributeType::S);
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
        const std::string table = up_to(2) == 0 ? "plain" : "streamed";
        const std::string key = "key" + std::to_string(up_to(kKeys - 1));
        if (up_to(3) == 0) {
            return delete_write(table, tests::string_attribute("pk", key));
        }
        // Few values, so that many puts change nothing; some large, so that segments roll.
        const auto filler = static_cast<std::size_t>(up_to(3) == 0 ? 4'000 : 10);
        return put_write(table, R"({"pk":{"S":")" + key + R"("},"v":{"N":")" +
                                    std::to_string(up_to(2)) + R"("},"x":{"S":")" +
                                    std::string(filler, 'x') + R"("}})");
    }

    // One or two writes of different items.
    Commit random_commit() {
        Commit commit = {random_write()};
        Write other = random_write();
        if (up_to(3) == 0 && place_of(other) != place_of(commit[0])) {
            commit.push_back(std::move(other));
        }
        return commit;
    }

    static std::pair<std::string, std::string> place_of(const Write& write) {
        if (const auto* put = std::get_if<PutWrite>(&write)) {
            return {put->table.value(), Oracle::key_of(put->item)};
        }
        const auto& removal = std::get<DeleteWrite>(write);
        return {removal.table.value(), Oracle::key_of(removal.key)};
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
        for (const Answers& answer : answers) {
            ASSERT_TRUE(answer->has_value());
            ASSERT_TRUE(**answer) << (*answer)->error().message;
        }
        for (const Commit& commit : commits) {
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
        restart(
            Ending::PowerCut);  // the faulty file system keeps nothing of such a file but by that
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
        std::map<std::string, Items> tables = {{"streamed", {}}, {"plain", {}}};
        for (auto& [name, items] : tables) {
            for (const std::string& text : all(name)) {
                items[tests::string_attribute("pk", Oracle::key_of(item_of(text)))] = text;
            }
        }
        return tables;
    }

    void check() {
        ASSERT_EQ(stored(), oracle_.tables);
        std::vector<LoggedRecord> records = tests::logged(log());
        ASSERT_EQ(records.size(), oracle_.changes) << "one record per change, none for no change";
        check_fold(records, {"streamed", "plain"});
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
                ASSERT_EQ(record.old_image, name == "streamed" ? before->second : "");
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
