// Whatever a table holds comes back from every form that it is exported to.
#include <gtest/gtest.h>

#include "base/file_system.hpp"
#include "base/random.hpp"
#include "runtime/transfer/byte_output.hpp"
#include "runtime/transfer/csv_items.hpp"
#include "runtime/transfer/export_folder.hpp"
#include "runtime/transfer/import_files.hpp"
#include "runtime/transfer/item_line.hpp"
#include "runtime/transfer/line_reader.hpp"
#include "tests/support/item_generator.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {
namespace {

constexpr int kItems = 300;

class TransferProperty : public testing::Test {
  protected:
    void SetUp() override {
        tests::ItemGenerator generator(seed_);
        for (int i = 0; i < kItems; ++i) {
            auto item = shardlog::parse_item(generator.next().json);
            ASSERT_TRUE(item);
            items_.push_back(std::move(*item));
        }
    }
    void expect_back(std::size_t i, std::string_view line) {
        const capture::KeySchema keys{.hash = {"no such name", shardlog::AttributeType::S},
                                      .range = {}};
        const auto write = parse_item_line(line, shardlog::TableName{"tab"}, keys);
        ASSERT_TRUE(write) << write.error().message << ": " << line;
        EXPECT_EQ(std::get<capture::PutWrite>(*write).item.text(), items_.at(i).text());
    }

    const std::uint64_t seed_ = tests::test_seed(11);
    std::vector<shardlog::Item> items_;
    tests::TempFolder folder_;
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
};

// If it fails, an item that went through CSV has lost or changed an attribute.
TEST_F(TransferProperty, CsvGivesBackEveryItem) {
    CsvColumns columns({});
    for (const auto& item : items_) {
        ASSERT_TRUE(columns.note(item));
    }
    std::string text;
    columns.append_header(text);
    for (const auto& item : items_) {
        columns.append_row(text, item);
    }
    const base::Path path = folder_.path() / "items.csv.gz";
    auto output = open_file_output(*files_, path, Packing::Gzip);
    ASSERT_TRUE(output && (*output)->write(text) && (*output)->finish());
    auto source = open_source(*files_, path.string());
    ASSERT_TRUE(source);
    CsvReader rows(std::move(*source));
    std::vector<CsvCell> row;
    ASSERT_TRUE(*rows.next(row));
    const auto header = parse_csv_header(row, {});
    ASSERT_TRUE(header) << header.error().message;
    for (std::size_t i = 0; i < items_.size(); ++i) {
        const auto more = rows.next(row);
        ASSERT_TRUE(more && *more);
        std::string line;
        const auto made = append_csv_item(line, *header, row);
        ASSERT_TRUE(made) << made.error().message;
        expect_back(i, line);
    }
    EXPECT_FALSE(*rows.next(row));
}

// If it fails, an item that went through DynamoDB's export format is another one.
TEST_F(TransferProperty, AnExportFolderGivesBackEveryItem) {
    const auto random = base::seeded_random(seed_);
    ExportFacts facts;
    facts.id = make_export_id({}, *random);
    auto folder = ExportFolder::create(*files_, folder_.path(), *random, facts);
    ASSERT_TRUE(folder);
    for (const auto& item : items_) {
        ASSERT_TRUE((*folder)->add("{\"Item\":" + item.text() + "}\n"));
    }
    ASSERT_TRUE((*folder)->finish({}));
    const auto plan = plan_import(*files_, folder_.path().string(), {});
    ASSERT_TRUE(plan) << plan.error().message;
    std::size_t read = 0;
    for (const ImportFile& file : plan->files) {
        ASSERT_TRUE(check_md5(*files_, file));
        auto source = open_source(*files_, file.path);
        ASSERT_TRUE(source);
        LineReader lines(std::move(*source));
        for (auto line = lines.next(); line && *line; line = lines.next()) {
            expect_back(read++, **line);
        }
    }
    EXPECT_EQ(read, items_.size());
}

}  // namespace
}  // namespace millbeck::runtime
