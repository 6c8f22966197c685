// Exports as jobs: where they may write, what they leave after a fault or a stop.
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "base/faulty_file_system.hpp"
#include "runtime/restore/increment.hpp"
#include "runtime/restore/table_exports.hpp"
#include "tests/support/row_image.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using tests::ImageItems;
using tests::row_key_of;
using tests::RowImage;

// If it fails, an export writes outside of its folder, or a good name is refused.
TEST(ExportPlace, BucketsAreNamedAsS3NamesThem) {
    for (const char* good : {"abc", "my-bucket", "a.b.c", "0a1", "exports.db"}) {
        EXPECT_TRUE(is_bucket_name(good)) << good;
    }
    for (const std::string& bad :
         {std::string("ab"), std::string("Abc"), std::string(".."), std::string("a..b"),
          std::string("-ab"), std::string("ab-"), std::string("a_b"), std::string("a/b"),
          std::string("192.168.5.4"), std::string(64, 'a'), std::string("a b"), std::string(),
          std::string("ab\0c", 4), std::string("...")}) {
        EXPECT_FALSE(is_bucket_name(bad)) << bad;
    }
}

TEST(ExportPlace, PrefixesArePathsOfFolders) {
    for (const auto& [prefix, path] : std::vector<std::pair<std::string, std::string>>{
             {"", ""}, {"a", "a"}, {"a/", "a"}, {"a/b.c/d e", "a/b.c/d e"}, {"..a", "..a"}}) {
        const auto parsed = parse_export_prefix(prefix);
        ASSERT_TRUE(parsed) << prefix;
        EXPECT_EQ(*parsed, path);
    }
    for (const std::string& bad :
         {std::string("/"), std::string("/a"), std::string("a//b"), std::string("a//"),
          std::string(".."), std::string("../a"), std::string("a/.."), std::string("a/./b"),
          std::string("."), std::string(256, 'x'), std::string("a\0b", 3)}) {
        EXPECT_EQ(parse_export_prefix(bad).error().code, Code::Invalid) << bad;
    }
}

class Exports : public testing::Test {
  protected:
    std::unique_ptr<TableExports> open() {
        auto opened = TableExports::open({files_, clock_, *random_}, folder_.path() / "exports.db",
                                         folder_.path() / "exports");
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    static ExportOrder order(const std::string& bucket) {
        ExportOrder made;
        made.wish.table = shardlog::TableName{"source"};
        made.wish.bucket = bucket;
        made.table_uuid = "uuid";
        made.open = []() -> base::Result<ExportImages> {
            ImageItems rows;
            for (int i = 0; i < 100; ++i) {
                rows[row_key_of(std::to_string(i), 1)] = {"{}", R"({"id":{"S":"x"}})"};
            }
            return ExportImages{nullptr, std::make_shared<RowImage>(std::move(rows))};
        };
        return made;
    }
    static Export wait(const TableExports& exports, const std::string& id) {
        while (true) {
            const auto told = exports.find(id);
            if (!told || told->state != ExportState::InProgress) {
                return told.value_or(Export{});
            }
            std::this_thread::yield();
        }
    }

    tests::TempFolder folder_;
    base::VirtualClock clock_;
    std::unique_ptr<base::FileSystem> system_ = base::system_files();
    base::FaultyFileSystem files_{*system_};
    std::unique_ptr<base::Random> random_ = base::seeded_random(3);
};

// If it fails, an export that is not whole looks as if it were.
TEST_F(Exports, AFaultIsToldAndLeavesNoManifest) {
    const auto exports = open();
    files_.set_free_bytes(10);
    const auto begun = exports->begin(order("bucket"));
    ASSERT_TRUE(begun);
    const Export told = wait(*exports, begun->id);
    EXPECT_EQ(told.state, ExportState::Failed);
    EXPECT_EQ(told.failure_code, "InternalServerError");
    EXPECT_FALSE(told.failure.empty());
    EXPECT_FALSE(*files_.exists(folder_.path() / "exports" / "bucket" / "AWSDynamoDB" / begun->id /
                                "manifest-summary.json"));
    files_.set_free_bytes_unlimited();
    EXPECT_EQ(wait(*exports, exports->begin(order("bucket"))->id).items, 100U);
    EXPECT_EQ(wait(*exports, exports->begin(order("Bucket"))->id).failure_code, "S3NoSuchBucket");
    EXPECT_EQ(open()->find(begun->id)->state, ExportState::Failed);
}

// If it fails, a client waits for ever for an export that a stop ended.
TEST_F(Exports, OneThatAStopEndedIsToldAsFailed) {
    std::string id;
    {
        const auto exports = open();
        std::promise<void> at_work;
        ExportOrder wanted = order("bucket");
        wanted.open = [&]() -> base::Result<ExportImages> {
            exports->request_stop();
            at_work.set_value();
            return order("bucket").open();
        };
        const auto begun = exports->begin(std::move(wanted));
        ASSERT_TRUE(begun);
        id = begun->id;
        at_work.get_future().wait();
        EXPECT_EQ(exports->begin(order("bucket")).error().code, Code::Unavailable);
    }
    const auto exports = open();
    const Export told = wait(*exports, id);
    EXPECT_EQ(told.state, ExportState::Failed);
    EXPECT_EQ(told.failure, "Millbeck was stopped before the export was whole");
    EXPECT_EQ(exports->list({}, "", 10).exports.size(), 1U);
}

// `keys:` what it was, what it is, each `-` where it was not there.
std::string text_of(const ItemChange& change) {
    const auto or_dash = [](const shardlog::ItemView& item) {
        return item.present() ? std::string(item.text) : "-";
    };
    return std::string(change.keys.text) + ":" + or_dash(change.before) + or_dash(change.after) +
           " ";
}

// If it fails, an increment lacks a change, or has one that is none.
TEST(Increment, IsTheDifferenceOfTwoImages) {
    const auto row = [](const char* name) { return row_key_of(name, 1); };
    const RowImage before(ImageItems{{row("a"), {"ka", "1"}},
                                     {row("b"), {"kb", "1"}},
                                     {row("d"), {"kd", "1"}},
                                     {row("z"), {"kz", "1"}}});
    const RowImage after(ImageItems{{row("0"), {"k0", "2"}},
                                    {row("b"), {"kb", "1"}},
                                    {row("c"), {"kc", "2"}},
                                    {row("d"), {"kd", "2"}}});
    std::string found;
    const auto visit = [&](const ItemChange& change) {
        found += text_of(change);
        return base::Status{};
    };
    ASSERT_TRUE(visit_changes(&before, after, {}, visit));
    EXPECT_EQ(found, "k0:-2 ka:1- kc:-2 kd:12 kz:1- ");
    found.clear();
    ASSERT_TRUE(visit_changes(nullptr, after, {}, visit));
    EXPECT_EQ(found, "k0:-2 kb:-1 kc:-2 kd:-2 ");
    found.clear();
    ASSERT_TRUE(visit_changes(&before, before, {}, visit));
    EXPECT_EQ(found, "");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(visit_changes(nullptr, after, stop.get_token(), visit).error().code, Code::Cancelled);
}

}  // namespace
}  // namespace millbeck::runtime
