// What tables leave and come back through: bytes, lines, CSV, folders of exports.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file_system.hpp"
#include "base/random.hpp"
#include "runtime/transfer/byte_output.hpp"
#include "runtime/transfer/csv.hpp"
#include "runtime/transfer/csv_items.hpp"
#include "runtime/transfer/export_folder.hpp"
#include "runtime/transfer/import_files.hpp"
#include "runtime/transfer/item_line.hpp"
#include "runtime/transfer/line_reader.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using shardlog::AttributeType;

class Transfer : public testing::Test {
  protected:
    base::Path write(const std::string& name, const std::string& text,
                     Packing packing = Packing::None) {
        auto output = open_file_output(*files_, folder_.path() / name, packing);
        EXPECT_TRUE(output && (*output)->write(text) && (*output)->finish());
        return folder_.path() / name;
    }
    std::unique_ptr<ByteSource> source(const std::string& text) {
        auto opened = open_source(*files_, write("source", text).string());
        EXPECT_TRUE(opened);
        return std::move(*opened);
    }

    tests::TempFolder folder_;
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
    std::unique_ptr<base::Random> random_ = base::seeded_random(7);
};

std::string all_lines(LineReader& lines) {
    std::string out;
    while (true) {
        const auto line = lines.next();
        if (!line) {
            return out + "error " + line.error().message;
        }
        if (!*line) {
            return out;
        }
        out += std::to_string(lines.number()) + "=" + std::string(**line) + ";";
    }
}

// If it fails, an import names other lines than those that are wrong, or reads half of a file.
TEST_F(Transfer, LinesHaveTheirNumbersAndEnds) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"", ""},
        {"a", "1=a;"},
        {"a\n", "1=a;"},
        {"a\r\n\nb", "1=a;2=;3=b;"},
        {std::string(600'000, 'x') + "\ny\n", "1=" + std::string(600'000, 'x') + ";2=y;"},
    };
    for (const auto& [text, expected] : rows) {
        LineReader lines(source(text));
        EXPECT_EQ(all_lines(lines), expected);
    }
    LineReader long_line(source(std::string(LineReader::kLineBytesMax + (1U << 20U), 'x')));
    EXPECT_EQ(all_lines(long_line), "error line 1 is longer than 8 MB");
}

// If it fails, what is zipped is taken for lines, or a file that was cut short for a whole one.
TEST_F(Transfer, UnzipsWhatIsGzip) {
    const std::string text = std::string(3U << 20U, 'x') + "\nend\n";
    const base::Path path = write("zipped", text, Packing::Gzip);
    auto opened = open_source(*files_, path.string());
    ASSERT_TRUE(opened);
    LineReader lines(std::move(*opened));
    EXPECT_EQ(all_lines(lines), "1=" + std::string(3U << 20U, 'x') + ";2=end;");

    const std::string zipped = *base::read_all(*files_, path, 1U << 20U);
    LineReader cut(source(zipped.substr(0, zipped.size() - 4)));
    EXPECT_NE(all_lines(cut).find("ends in the middle of its gzip data"), std::string::npos);
    std::string damaged = zipped;
    damaged[zipped.size() / 2] = static_cast<char>(~damaged[zipped.size() / 2]);
    LineReader wrong(source(damaged));
    EXPECT_NE(all_lines(wrong).find("error"), std::string::npos);
}

// If it fails, an export that ended early is taken for a whole one.
TEST_F(Transfer, AFileHasItsNameOnlyWhenItIsWhole) {
    {
        auto output = open_file_output(*files_, folder_.path() / "out", Packing::None);
        ASSERT_TRUE(output);
        ASSERT_TRUE((*output)->write(std::string(3U << 20U, 'x')));
        EXPECT_EQ(*files_->list(folder_.path()), std::vector<std::string>{"out.part"});
    }
    EXPECT_TRUE(files_->list(folder_.path())->empty());
    write("out", "x");
    EXPECT_EQ(*files_->list(folder_.path()), std::vector<std::string>{"out"});
}

std::string all_rows(CsvReader& rows) {
    std::string out;
    std::vector<CsvCell> row;
    while (true) {
        const auto more = rows.next(row);
        if (!more) {
            return out + "error " + more.error().message;
        }
        if (!*more) {
            return out;
        }
        out += std::to_string(rows.line()) + ":";
        for (const CsvCell& cell : row) {
            out += (cell.quoted ? "'" : "") + cell.text + (cell.quoted ? "'|" : "|");
        }
        out += ";";
    }
}

// If it fails, what a spreadsheet writes is read as something else.
TEST_F(Transfer, ReadsCsvAsItIsWritten) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"", ""},
        {"\n\r\n", ""},
        {"a,b\n1,2", "1:a|b|;2:1|2|;"},
        {"\xef\xbb\xbf"
         "a\r\nb\r\n",
         "1:a|;2:b|;"},
        {"a,,\"\"\n,", "1:a||''|;2:||;"},
        {"\"a,\"\"b\"\"\nc\",d\ne\n", "1:'a,\"b\"\nc'|d|;3:e|;"},
        {"a\rb,c\n", "1:a\rb|c|;"},
        {"a\"b\n", "1:a\"b|;"},
        {"a\n\"b", "1:a|;error line 2: a quote is not closed"},
        {"\"a\"b", "error line 1: text stands behind a closing quote"},
    };
    for (const auto& [text, expected] : rows) {
        CsvReader reader(source(text));
        EXPECT_EQ(all_rows(reader), expected) << text;
    }
}

// If it fails, columns become attributes of other types than their header says.
TEST_F(Transfer, HeadersNameAttributesAndTypes) {
    const std::vector<CsvColumn> keys{{"id", AttributeType::N}};
    const auto columns = [&](const std::string& header) -> std::string {
        CsvReader reader(source(header));
        std::vector<CsvCell> row;
        EXPECT_TRUE(reader.next(row));
        const auto parsed = parse_csv_header(row, keys);
        if (!parsed) {
            return parsed.error().message;
        }
        std::string out;
        for (const CsvColumn& column : *parsed) {
            out.append(column.name).append("=").append(to_string(column.type)).append(";");
        }
        return out;
    };
    EXPECT_EQ(columns("id,name,total:N,a:b,x:S:NULL"), "id=N;name=S;total=N;a:b=S;x:S=NULL;");
    EXPECT_EQ(columns("id:S"), "id=S;");
    EXPECT_EQ(columns("id,id:N"), "column \"id:N\" is there twice");
    EXPECT_EQ(columns("id,"), "column 2 has no name");
}

// If it fails, a row becomes another item, or a cell reaches out of its attribute.
TEST_F(Transfer, RowsBecomeItems) {
    const std::vector<CsvColumn> columns{{"id", AttributeType::S},
                                         {"n", AttributeType::N},
                                         {"ok", AttributeType::BOOL},
                                         {"m", AttributeType::M},
                                         {"n", AttributeType::S}};
    const std::vector<std::pair<std::string, std::string>> rows{
        {"a,1,true,,", R"({"id":{"S":"a"},"n":{"N":"1"},"ok":{"BOOL":true}})"},
        {"\"\"", R"({"id":{"S":""}})"},
        {"a,,,\"{\"\"x\"\":{\"\"N\"\":\"\"1\"\"}}\",",
         R"({"id":{"S":"a"},"m":{"M":{"x":{"N":"1"}}}})"},
        {"a,,yes", "column \"ok:BOOL\": the cell must be true or false"},
        {"a,,,\"1},\"\"z\"\":{\"\"N\"\":1\"", "column \"m:M\": the cell is no JSON"},
        {"a,1,,,b", "the row gives \"n\" two values of different types"},
        {"a,1,,,,,", "the row has 7 cells and the header 5"},
    };
    for (const auto& [text, expected] : rows) {
        CsvReader reader(source(text));
        std::vector<CsvCell> row;
        ASSERT_TRUE(reader.next(row));
        std::string item;
        const auto made = append_csv_item(item, columns, row);
        EXPECT_EQ(made ? item : made.error().message, expected);
    }
}

// If it fails, an import takes an item for an export's wrapping of one, or a deletion for nothing.
TEST(ItemLine, FormsAreToldApart) {
    const capture::KeySchema keys{.hash = {"id", AttributeType::S}, .range = {}};
    const auto parsed = [&](std::string_view line) -> std::string {
        const auto write = parse_item_line(line, shardlog::TableName{"tab"}, keys);
        if (!write) {
            return std::string(base::to_string(write.error().code));
        }
        if (const auto* put = std::get_if<capture::PutWrite>(&*write)) {
            return "put " + put->item.text();
        }
        return "delete " + std::get<capture::DeleteWrite>(*write).key.text();
    };
    const std::string item = R"({"id":{"S":"1"}})";
    EXPECT_EQ(parsed(item), "put " + item);
    EXPECT_EQ(parsed("{\"Item\":" + item + "}"), "put " + item);
    EXPECT_EQ(parsed(R"({"id":{"S":"1"},"Item":{"S":"x"},"Keys":{"S":"y"}})"),
              R"(put {"Item":{"S":"x"},"Keys":{"S":"y"},"id":{"S":"1"}})");
    const std::string change = R"({"Metadata":{"WriteTimestampMicros":{"N":"1"}},"Keys":)" + item;
    EXPECT_EQ(parsed(change + R"(,"NewImage":{"id":{"S":"1"},"n":{"N":"01"}}})"),
              R"(put {"id":{"S":"1"},"n":{"N":"1"}})");
    EXPECT_EQ(parsed(change + R"(,"OldImage":{"id":{"S":"1"}}})"), "delete " + item);
    EXPECT_EQ(parsed("{"), "Malformed");
    EXPECT_EQ(parsed("[1]"), "Malformed");
    EXPECT_EQ(parsed(R"({"Item":7})"), "Invalid");
    EXPECT_EQ(parsed(R"({"id":{"N":"x"}})"), "Invalid");
}

class ExportFolders : public Transfer {
  protected:
    base::Path make(std::uint64_t items, bool whole = true) {
        const base::WallTime now{base::Milliseconds{1'700'000'000'000 + made_++}};
        ExportFacts facts;
        facts.id = make_export_id(now, *random_);
        facts.table_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/tab";
        facts.prefix = "pre/fix";
        facts.started = now;
        facts.export_time = now;
        auto folder = ExportFolder::create(*files_, folder_.path(), *random_, facts);
        EXPECT_TRUE(folder);
        for (std::uint64_t i = 0; i < items; ++i) {
            EXPECT_TRUE((*folder)->add("{\"Item\":{}}\n"));
        }
        if (whole) {
            EXPECT_TRUE((*folder)->finish(now));
        }
        return (*folder)->folder();
    }

    int made_ = 0;
};

// If it fails, programs that read DynamoDB's exports do not find the data.
TEST_F(ExportFolders, TellWhatIsInThem) {
    const base::Path folder = make(3);
    const auto summary = nlohmann::json::parse(
        *base::read_all(*files_, folder / "manifest-summary.json", 1U << 20U));
    EXPECT_EQ(summary["itemCount"], 3);
    EXPECT_EQ(summary["startTime"], "2023-11-14T22:13:20.000Z");
    const std::string key = summary["manifestFilesS3Key"];
    EXPECT_TRUE(files_->exists(folder_.path() / key).value());
    const auto file =
        nlohmann::json::parse(*base::read_all(*files_, folder_.path() / key, 1U << 20U));
    EXPECT_EQ(file["itemCount"], 3);
    EXPECT_TRUE(*files_->exists(folder_.path() / file["dataFileS3Key"].get<std::string>()));

    const auto plan = plan_import(*files_, folder.string(), {});
    ASSERT_TRUE(plan) << plan.error().message;
    ASSERT_EQ(plan->files.size(), 1U);
    EXPECT_EQ(plan->files[0].items, 3U);
    EXPECT_TRUE(check_md5(*files_, plan->files[0]));
    EXPECT_EQ(plan_import(*files_, (folder_.path() / "pre/fix").string(), {})->files[0].path,
              plan->files[0].path);

    write("pre/fix/AWSDynamoDB/" + folder.filename().string() + "/data/" +
              base::Path(plan->files[0].path).filename().string(),
          "changed");
    EXPECT_EQ(check_md5(*files_, plan->files[0]).error().code, Code::Corrupt);
}

// If it fails, half of an export is imported without a word.
TEST_F(ExportFolders, ThatAreNotWholeAreRefused) {
    const base::Path half = make(3, false);
    const auto refused = plan_import(*files_, half.string(), {});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("is not whole"), std::string::npos);
    make(0);
    const auto several = plan_import(*files_, (folder_.path() / "pre/fix").string(), {});
    ASSERT_FALSE(several);
    EXPECT_NE(several.error().message.find("has 2 exports"), std::string::npos);
    EXPECT_EQ(plan_import(*files_, (folder_.path() / "nowhere").string(), {}).error().code,
              Code::NotFound);
    write("readme.txt", "x");
    EXPECT_EQ(plan_import(*files_, folder_.path().string(), {}).error().code, Code::Invalid);
}

}  // namespace
}  // namespace millbeck::runtime
