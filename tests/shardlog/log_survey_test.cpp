// What a check of the log's files finds, and what it leaves alone.
#include "shardlog/log_survey.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;

class LogSurvey : public ::testing::Test {
  protected:
    // Three sealed segments with index files, and a growing one.
    void SetUp() override {
        test.must_open();
        stream = test.stream(2);
        for (int i = 0; i < 3; ++i) {
            test.commit({to(0, "a"), to(1, "b")});
            test.fill_segment(to(0, "f"));
        }
        test.commit({to(1, "c")});
        test.must_maintain();
        segments = test.names(".seg");
        indexes = test.names(".idx");
        ASSERT_EQ(segments.size(), 4U);
        ASSERT_EQ(indexes.size(), 3U);
    }

    [[nodiscard]] OwnDraft to(std::uint64_t shard, std::string value) const {
        return draft(stream.id, hash_in_shard(shard, 2), std::move(value));
    }

    LogCheck check() {
        auto checked = check_log(test.files, test.path(),
                                 {.published = test.log->stats().published,
                                  .oldest = [this] { return test.log->stats().first; },
                                  .oldest_past = [this] { return test.log->history().oldest(); },
                                  .go_on = [](std::uint64_t, std::uint64_t) { return true; }});
        EXPECT_TRUE(checked);
        return checked.value_or(LogCheck{});
    }

    void flip(const std::string& name, std::uint64_t offset) {
        std::string byte = test.bytes_of(name).substr(offset, 1);
        byte[0] = static_cast<char>(byte[0] ^ 1);
        test.overwrite(name, offset, byte);
    }

    LogHarness test;
    Stream stream;
    std::vector<std::string> segments;
    std::vector<std::string> indexes;
};

// If it fails, people are told of damage that is none.
TEST_F(LogSurvey, AWholeLogHasNoDamage) {
    const LogCheck found = check();
    EXPECT_EQ(found.damaged, 0U) << found.damage.front().what;
    EXPECT_EQ(found.segments, 4U);
    EXPECT_EQ(found.indexes, 3U + test.names(".past").size());
    EXPECT_EQ(found.indexes_absent, 1U);
    EXPECT_EQ(found.records, test.log->stats().published.position());
    EXPECT_EQ(found.first, test.log->stats().first);
    EXPECT_EQ(found.last, test.log->stats().published);
    EXPECT_GT(found.bytes, 3U * 50'000U);
}

TEST_F(LogSurvey, ALostIndexIsNoDamage) {
    ASSERT_TRUE(test.files.remove(test.path() / indexes[1]));
    const LogCheck found = check();
    EXPECT_EQ(found.damaged, 0U);
    EXPECT_EQ(found.indexes_absent, 2U);
}

// If it fails, a bad disk is noticed when somebody needs the record.
TEST_F(LogSurvey, EveryKindOfDamageIsFoundAndNamed) {
    struct Row {
        const char* what;
        bool in_index;
        std::uint64_t offset;
        std::uint64_t told_offset;
        const char* words;
    };
    const std::vector<Row> rows{
        {"the segment's header", false, 20, 0, "damaged"},
        {"a record", false, 64 + 40 + 70, 64, "the frame's checksum does not match"},
        {"the place of a frame", false, 64 + 16, 64, "is expected"},
        {"the link of a frame", false, 64 + 36, 64, "written behind another one"},
        {"the index's header", true, 20, 0, "damaged"},
        {"an offset in the index", true, 72 + 2 * 32 + 4, 0, "damaged"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        const std::string& name = row.in_index ? indexes[1] : segments[1];
        flip(name, row.offset);
        const LogCheck found = check();
        ASSERT_EQ(found.damaged, 1U);
        EXPECT_EQ(found.damage[0].file, name);
        EXPECT_EQ(found.damage[0].offset, row.told_offset);
        EXPECT_NE(found.damage[0].what.find(row.words), std::string::npos) << found.damage[0].what;
        flip(name, row.offset);
    }
    EXPECT_EQ(check().damaged, 0U);
}

// If it fails, readers are sent to the wrong record by an index whose checksums match.
TEST_F(LogSurvey, AnIndexOfAnotherSegmentIsFound) {
    const std::string other = test.bytes_of(indexes[0]);
    auto file = test.files.open(test.path() / indexes[1], base::OpenMode::ReadWrite);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->truncate(0));
    ASSERT_TRUE((*file)->write_at(0, other));
    const LogCheck found = check();
    // Both begin alike here: only the summary and the places tell them apart.
    EXPECT_GE(found.damaged, 1U);
    EXPECT_EQ(found.damage.at(0).file, indexes[1]);
}

TEST_F(LogSurvey, AMissingSegmentIsFound) {
    ASSERT_TRUE(test.files.remove(test.path() / segments[1]));
    const LogCheck found = check();
    ASSERT_GE(found.damaged, 1U);
    EXPECT_EQ(found.damage[0].file, segments[0]);
    ASSERT_TRUE(test.files.remove(test.path() / segments[0]));
    EXPECT_EQ(check().damage.at(0).file, segments[0]);
}

TEST_F(LogSurvey, ACancelledCheckSaysSo) {
    OwnDraft large = to(0, "x");
    large.old_value = std::string(20'000, 'y');
    while (test.log->stats().bytes < (6U << 20U)) {
        test.commit({large});
    }
    auto checked = check_log(test.files, test.path(),
                             {.published = test.log->stats().published,
                              .oldest = [this] { return test.log->stats().first; },
                              .oldest_past = [this] { return test.log->history().oldest(); },
                              .go_on = [](std::uint64_t, std::uint64_t) { return false; }});
    ASSERT_TRUE(checked);
    EXPECT_TRUE(checked->is_cancelled);
    EXPECT_LT(checked->last, test.log->stats().published);
}

// If it fails, what keeping the log costs is reckoned wrong.
TEST_F(LogSurvey, FactsOfEachSegment) {
    test.clock.advance(base::Milliseconds{5'000});
    test.commit({to(0, "late")});
    const auto facts = survey_log(test.files, test.path(), test.log->stats().published).value();
    ASSERT_EQ(facts.size(), 4U);
    for (std::size_t i = 0; i < facts.size(); ++i) {
        EXPECT_EQ(facts[i].is_sealed, i < 3);
        EXPECT_EQ(facts[i].last.next(), i < 3 ? facts[i + 1].first : test.log->latest());
        EXPECT_LE(facts[i].used_bytes, facts[i].file_bytes);
    }
    EXPECT_EQ(facts[3].newest_time, test.clock.wall());
    EXPECT_EQ(facts[3].first_time, test.clock.wall() - base::Milliseconds{5'000});
}

// Segments of which half are in the archive.
class ArchiveSurvey : public LogSurvey {
  protected:
    void SetUp() override {
        test.options.archive_retention = base::Milliseconds{30LL * 24 * 3'600'000};
        LogSurvey::SetUp();
        test.clock.advance(base::Milliseconds{25LL * 3'600'000});
        test.log->release(test.log->latest());
        test.must_maintain();
        test.must_maintain();
        archived = test.files.list(test.path() / "archive").value();
        std::sort(archived.begin(), archived.end());
        ASSERT_GE(archived.size(), 2U);
    }
    void flip_archived(const std::string& name, std::uint64_t offset) {
        flip("archive/" + name, offset);
    }

    std::vector<std::string> archived;
};

TEST_F(ArchiveSurvey, AWholeArchiveHasNoDamage) {
    const LogCheck found = check();
    EXPECT_EQ(found.damaged, 0U) << found.damage.front().file << found.damage.front().what;
    EXPECT_EQ(found.archived_segments, archived.size());
    EXPECT_EQ(found.archived_records + found.records, test.log->stats().published.position());
}

// If it fails, a year of history is gone on the day somebody asks for it.
TEST_F(ArchiveSurvey, EveryKindOfDamageIsFoundAndNamed) {
    const std::uint64_t size = test.bytes_of("archive/" + archived[1]).size();
    for (const std::uint64_t offset :
         {std::uint64_t{20}, std::uint64_t{100}, size / 2, size - 100, size - 4}) {
        SCOPED_TRACE(offset);
        flip_archived(archived[1], offset);
        const LogCheck found = check();
        ASSERT_GE(found.damaged, 1U);
        EXPECT_EQ(found.damage[0].file, archived[1]);
        flip_archived(archived[1], offset);
    }
    EXPECT_EQ(check().damaged, 0U);
}

TEST_F(ArchiveSurvey, AGapIsFound) {
    ASSERT_GE(archived.size(), 3U);
    ASSERT_TRUE(test.files.remove(test.path() / "archive" / archived[1]));
    const LogCheck found = check();
    ASSERT_EQ(found.damaged, 1U);
    EXPECT_EQ(found.damage[0].file, archived[2]);
    EXPECT_NE(found.damage[0].what.find("missing before it"), std::string::npos);
}

// If it fails, an item has a shorter history than it had, by an index whose checksum matches.
TEST_F(LogSurvey, ADamagedIndexOfThePastIsFound) {
    const auto pasts = test.names(".past");
    ASSERT_FALSE(pasts.empty());
    flip(pasts[0], 200);
    const LogCheck found = check();
    ASSERT_EQ(found.damaged, 1U);
    EXPECT_EQ(found.damage[0].file, pasts[0]);
}

}  // namespace
}  // namespace millbeck::tests
