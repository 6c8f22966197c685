// Random histories against an oracle that remembers every state: what a table was at each position,
// what an item was, which position a moment had, over restarts, trims and lost index files.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::Milliseconds;
using shardlog::LogRange;
using shardlog::NextRecord;
using shardlog::ReadOrder;
using shardlog::RecordView;
using shardlog::SequenceNumber;
using shardlog::StreamViewType;
using tests::item_of;
using tests::StoreFixture;

constexpr int kLives = 6;
constexpr int kSteps = 220;
constexpr int kKeys = 25;

using Items = std::map<std::string, std::string>;  // partition key -> item's text

// What the tables were after this position.
struct State {
    base::WallTime time{};
    std::map<std::string, Items> tables;
};

class History : public StoreFixture {
  public:
    explicit History(std::uint64_t seed) : StoreFixture(options()), random_(seed) {}

    void live() {
        ASSERT_TRUE(open());
        ASSERT_TRUE(create(spec("streamed", StreamViewType::NewAndOldImages)));
        ASSERT_TRUE(create(spec("plain")));
        ASSERT_TRUE(create(spec("recovered")));
        set_recovery(35);
        states_[SequenceNumber{0}].tables = {{"streamed", {}}, {"plain", {}}, {"recovered", {}}};
        for (int step = 0; step < kSteps && !::testing::Test::HasFailure(); ++step) {
            one_step();
        }
        check_every_position();
        ASSERT_TRUE(reopen());
        check_every_position();
        check_moments();
    }

  private:
    static tests::StoreFixtureOptions options() {
        tests::StoreFixtureOptions options;
        options.log.segment_bytes = 64U << 10U;
        options.log.retention = Milliseconds{60'000};
        return options;
    }
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    std::string any_table() {
        return std::vector<std::string>{"streamed", "plain", "recovered"}[below(3)];
    }
    std::string any_key() { return "k" + std::to_string(below(kKeys)); }
    static std::string key_text(const std::string& key) {
        return R"({"pk":{"S":")" + key + R"("}})";
    }
    std::string item_text(const std::string& key) {
        return R"({"a":{"S":")" + std::string(below(1'500), 'x') + std::to_string(below(50)) +
               R"("},"pk":{"S":")" + key + R"("}})";
    }

    void set_recovery(std::optional<std::uint32_t> days) {
        TableUpdate update;
        update.name = table_name("recovered");
        update.recovery_days.emplace(days);
        ASSERT_TRUE(run([&] { return store().update_table(update); }));
    }

    void one_step() {
        clock().advance(Milliseconds{below(400)});
        const std::uint64_t dice = below(100);
        if (dice < 85) {
            commit();
        } else if (dice < 92) {
            ASSERT_TRUE(store().maintain());
            ASSERT_TRUE(log().maintain());
        } else if (dice < 94) {
            ASSERT_TRUE(reopen());
        } else if (dice < 96) {
            clock().advance(Milliseconds{below(20'000)});
        } else {
            check_position(any_position());
        }
    }

    // Several writes of distinct items, in one frame.
    void commit() {
        std::vector<Commit> commits(1);
        std::map<std::string, bool> taken;
        State state = states_.rbegin()->second;
        SequenceNumber at = states_.rbegin()->first;
        state.time = clock().wall();
        for (std::uint64_t left = 1 + below(4); left > 0; --left) {
            const std::string table = any_table();
            const std::string key = any_key();
            if (!taken.emplace(table + key, true).second) {
                continue;
            }
            Items& items = state.tables[table];
            const std::string before = items.contains(key) ? items[key] : "";
            if (below(4) == 0) {
                commits[0].push_back(delete_write(table, key_text(key)));
                items.erase(key);
            } else {
                const std::string item = item_text(key);
                commits[0].push_back(put_write(table, item));
                items[key] = item;
            }
            if (before != (items.contains(key) ? items[key] : "")) {
                at = at.next();
                states_[at] = state;
            }
        }
        const Answers answer = submit(std::move(commits));
        ASSERT_TRUE(commit_group());
        ASSERT_TRUE(answer->has_value() && **answer) << (**answer).error().message;
        ASSERT_EQ(log().latest(), at.next());
    }

    SequenceNumber any_position() {
        const std::uint64_t oldest = log().history().oldest().position() - 1;
        const std::uint64_t newest = log().history().newest().position();
        return SequenceNumber{oldest + below(newest - oldest + 1)};
    }

    // All rows, read in small pages; absent when the log does not know.
    std::optional<Items> rows_at(const std::string& table, SequenceNumber position) {
        const auto image = store().image_as_of(table_name(table), position);
        EXPECT_TRUE(image) << image.error().message;
        EXPECT_EQ(position, (*image)->as_of());
        Items rows;
        std::string from;
        while (true) {
            const auto page =
                (*image)->read({.last_hash = std::numeric_limits<std::uint64_t>::max(),
                                .from = from,
                                .rows_max = 1 + below(7)});
            if (!page) {
                EXPECT_EQ(Code::Trimmed, page.error().code) << page.error().message;
                return std::nullopt;
            }
            for (const auto& row : page->rows) {
                EXPECT_LT(from, row.row_key);
                from = row.row_key;
                const auto keys = item_of(row.keys.text);
                rows[shardlog::scalar_content(keys.value_text(*keys.find("pk")),
                                              shardlog::AttributeType::S)] = row.item.text;
            }
            if (page->is_last) {
                return rows;
            }
            EXPECT_FALSE(page->rows.empty());
        }
    }

    // Only where a table's changes carry no old images, and older ones are gone, may it be unknown.
    void check_position(SequenceNumber position) {
        const bool is_trimmed = log().history().oldest() > SequenceNumber{1};
        for (const auto& [table, items] : states_.at(position).tables) {
            SCOPED_TRACE(table + " at " + position.to_string());
            const bool may_be_unknown = is_trimmed && table == "plain";
            const auto rows = rows_at(table, position);
            EXPECT_TRUE(rows || may_be_unknown);
            if (rows) {
                EXPECT_EQ(items, *rows);
            }
            const std::string key = any_key();
            const auto item =
                store().get_item_as_of(table_name(table), item_of(key_text(key)), position);
            EXPECT_TRUE(item || may_be_unknown) << item.error().message;
            if (item) {
                EXPECT_EQ(items.contains(key) ? items.at(key) : "", item->text) << key;
            }
        }
    }

    void check_every_position() {
        const SequenceNumber newest = log().history().newest();
        for (SequenceNumber at{log().history().oldest().position() - 1};
             at <= newest && !::testing::Test::HasFailure(); at = at.next()) {
            check_position(at);
        }
        EXPECT_EQ(Code::Invalid,
                  store().image_as_of(table_name("plain"), newest.next()).error().code);
        for (int key = 0; key < kKeys; ++key) {
            check_versions("streamed", "k" + std::to_string(key));
            check_versions("plain", "k" + std::to_string(key));
        }
    }

    // Every change of an item, with what it was before, both ways.
    void check_versions(const std::string& table, const std::string& key) {
        std::vector<std::string> wanted;
        const std::uint64_t oldest = log().history().oldest().position();
        for (auto at = states_.find(SequenceNumber{oldest - 1}); std::next(at) != states_.end();
             ++at) {
            const auto text = [&](const State& state) {
                const Items& items = state.tables.at(table);
                return items.contains(key) ? items.at(key) : "";
            };
            const std::string after = text(std::next(at)->second);
            if (after != text(at->second)) {
                wanted.push_back(std::next(at)->first.to_string() + after);
            }
        }
        for (const ReadOrder order : {ReadOrder::OldestFirst, ReadOrder::NewestFirst}) {
            std::vector<std::string> found;
            std::string before;
            ASSERT_TRUE(
                store().item_history(table_name(table), item_of(key_text(key)),
                                     {SequenceNumber{1}, log().history().newest()}, order,
                                     [&](const RecordView& record) -> base::Result<NextRecord> {
                                         found.push_back(record.sequence.to_string() +
                                                         std::string(record.new_image.text));
                                         if (order == ReadOrder::OldestFirst && found.size() > 1) {
                                             EXPECT_EQ(before, record.old_image.text);
                                         }
                                         before = record.new_image.text;
                                         return NextRecord::Wanted;
                                     }));
            if (order == ReadOrder::NewestFirst) {
                std::reverse(found.begin(), found.end());
            }
            EXPECT_EQ(wanted, found) << table << " " << key;
        }
    }

    void check_moments() {
        const std::uint64_t oldest = log().history().oldest().position();
        const std::int64_t first = base::to_millis(states_.at(SequenceNumber{oldest}).time);
        const std::int64_t last = base::to_millis(clock().wall()) + 10;
        for (int i = 0; i < 300; ++i) {
            const base::WallTime time{Milliseconds{
                first - 5 +
                static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first + 6)))}};
            SequenceNumber wanted{oldest - 1};
            for (auto at = states_.find(SequenceNumber{oldest}); at != states_.end(); ++at) {
                wanted = at->second.time <= time ? at->first : wanted;
            }
            const auto found = log().history().position_at(time);
            if (oldest > 1 && wanted < SequenceNumber{oldest}) {
                EXPECT_EQ(Code::Trimmed, found.error().code);
            } else {
                EXPECT_EQ(wanted, found.value());
            }
        }
        for (auto at = states_.find(SequenceNumber{oldest}); at != states_.end(); ++at) {
            EXPECT_EQ(at->second.time, log().history().time_of(at->first).value());
        }
    }

    std::mt19937_64 random_;
    std::map<SequenceNumber, State> states_;  // 0: before the first change
};

// If it fails, the past is told wrong: the one thing a history must not do.
TEST(PastProperty, EveryPositionTellsWhatTheTablesWere) {
    base::set_log_level(base::LogLevel::Error);
    const std::uint64_t first = tests::test_seed(1);
    for (std::uint64_t seed = first; seed < first + kLives; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        History(seed).live();
        if (HasFailure()) {
            return;
        }
    }
}

}  // namespace
}  // namespace millbeck::capture
