// Packages of code, unpacked: what comes out, and what must not.
#include "runtime/lambda/function_zip.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "runtime/lambda/function_code.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/zip_maker.hpp"

namespace millbeck::runtime::lambda {
namespace {

using base::Code;
using tests::make_zip;
using tests::ZipEntry;

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

unsigned mode_of(const std::filesystem::path& path) {
    return static_cast<unsigned>(std::filesystem::status(path).permissions());
}

// If it fails, functions are not what was sent: a bootstrap that cannot be run, a missing file.
TEST(UnpackZip, KeepsFilesFoldersLinksAndModes) {
    const tests::TempFolder folder;
    const std::string big(300'000, 'b');
    const std::string zip = make_zip({{"bootstrap", "#!/bin/sh", S_IFREG | 0755U},
                                      {"lib/", "", S_IFDIR | 0755U},
                                      {"lib/deep/er/module.py", "x = 1", S_IFREG | 0640U},
                                      {"./dotted//name", "y", S_IFREG | 0600U},
                                      {"big", big, S_IFREG | 0444U},
                                      {"unreadable", "z", S_IFREG | 0200U},
                                      {"from-elsewhere", "w", 0, false},
                                      {"bin/python", "../lib/deep", S_IFLNK | 0777U},
                                      {"setuid", "s", S_IFREG | 04755U}});
    const auto unpacked = unpack_zip(zip, folder.path(), {});
    ASSERT_TRUE(unpacked) << unpacked.error().message;
    EXPECT_EQ(mode_of(folder.path() / "bootstrap"), 0755U);
    EXPECT_EQ(mode_of(folder.path() / "lib/deep/er/module.py"), 0640U);
    EXPECT_EQ(mode_of(folder.path() / "unreadable"), 0600U);
    EXPECT_EQ(mode_of(folder.path() / "from-elsewhere"), 0644U);
    EXPECT_EQ(mode_of(folder.path() / "setuid"), 0755U);
    EXPECT_EQ(read(folder.path() / "big"), big);
    EXPECT_EQ(read(folder.path() / "dotted/name"), "y");
    EXPECT_EQ(read(folder.path() / "bin/python/er/module.py"), "x = 1");
}

// If it fails, a package can write anywhere on the machine.
TEST(UnpackZip, RefusesWhatLeadsOutOfTheFolder) {
    for (const auto& entries : std::vector<std::vector<ZipEntry>>{
             {{"../out", ""}},
             {{"a/../../out", ""}},
             {{"/out", ""}},
             {{"..", ""}},
             {{std::string(300, 'n'), ""}},
             {{"link", "/etc", S_IFLNK | 0777U}},
             {{"link", "..", S_IFLNK | 0777U}},
             {{"a/link", "../..", S_IFLNK | 0777U}},
             {{"link", "a/../..", S_IFLNK | 0777U}},
             // Each alone stays inside; through each other they would not.
             {{"here", ".", S_IFLNK | 0777U}, {"link", "here/../out", S_IFLNK | 0777U}},
             {{"link", "", S_IFLNK | 0777U}},
             {{"link", "file", S_IFLNK | 0777U}, {"link/file", "through the link"}},
             {{"pipe", "", S_IFIFO | 0644U}},
             {{"device", "", S_IFCHR | 0644U}}}) {
        const tests::TempFolder outer;
        const auto folder = outer.path() / "in";
        std::filesystem::create_directory(folder);
        const auto unpacked = unpack_zip(make_zip(entries), folder, {});
        ASSERT_FALSE(unpacked) << entries.back().name << " " << entries.back().text;
        EXPECT_EQ(unpacked.error().code, Code::Malformed) << unpacked.error().message;
        EXPECT_FALSE(std::filesystem::exists(outer.path() / "out"));
    }
}

TEST(UnpackZip, RefusesWhatIsThereTwice) {
    const tests::TempFolder folder;
    // libzip makes no such zip: two names of one length are made the same.
    std::string zip = make_zip({{"twice-a", "1"}, {"twice-b", "2"}});
    for (std::size_t at = 0; (at = zip.find("twice-b", at)) != std::string::npos; ++at) {
        zip[at + 6] = 'a';
    }
    EXPECT_EQ(unpack_zip(zip, folder.path(), {}).error().code, Code::Malformed);
}

TEST(UnpackZip, RefusesWhatIsNoZip) {
    const tests::TempFolder folder;
    EXPECT_EQ(unpack_zip(std::string("PK\5\6", 4) + std::string(18, '\0'), folder.path(), {})
                  .error()
                  .message,
              "Uploaded file must be a non-empty zip");
    const std::string zip = make_zip({{"a", std::string(10'000, 'a')}});
    for (const std::string& bytes : {std::string(), std::string("PK"), std::string(1000, '\0'),
                                     zip.substr(0, zip.size() / 2)}) {
        EXPECT_EQ(unpack_zip(bytes, folder.path(), {}).error().code, Code::Malformed);
    }
}

// If it fails, a small package fills the disk or the memory.
TEST(UnpackZip, KeepsItsLimits) {
    const ZipLimits limits{.unzipped_bytes_max = 1000, .entries_max = 3};
    struct Row {
        std::vector<ZipEntry> entries;
        bool taken;
    };
    for (const Row& row :
         {Row{{{"a", std::string(1000, 'a')}}, true}, Row{{{"a", std::string(1001, 'a')}}, false},
          Row{{{"a", std::string(600, 'a')}, {"b", std::string(401, 'b')}}, false},
          Row{{{"a", ""}, {"b", ""}, {"c", ""}}, true},
          Row{{{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}}, false}}) {
        const tests::TempFolder folder;
        const auto unpacked = unpack_zip(make_zip(row.entries), folder.path(), limits);
        EXPECT_EQ(unpacked.has_value(), row.taken);
        if (!unpacked) {
            EXPECT_EQ(unpacked.error().code, Code::LimitExceeded);
            EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "told before it is written";
        }
    }
}

// A zip that says of an entry that it is smaller than it is.
TEST(UnpackZip, TakesNoMoreThanTheZipHasSaid) {
    const tests::TempFolder folder;
    std::string zip = make_zip({{"a", std::string(5'000, 'a')}});
    // The sizes stand in the central directory and in front of the data, little-endian.
    const std::string size("\x88\x13\0\0", 4);
    for (std::size_t at = 0; (at = zip.find(size, at)) != std::string::npos; ++at) {
        zip[at] = '\x10';
        zip[at + 1] = '\0';
    }
    EXPECT_FALSE(unpack_zip(zip, folder.path(), {}));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "a") &&
                 std::filesystem::file_size(folder.path() / "a") > 16);
}

class FunctionCodeTest : public testing::Test {
  protected:
    FunctionPackage install(const std::string& text) {
        auto installed = code.install("fn", make_zip({{"app.py", text}}));
        EXPECT_TRUE(installed) << installed.error().message;
        return installed.value_or(FunctionPackage{});
    }

    tests::TempFolder folder;
    std::unique_ptr<base::FileSystem> files = base::system_files();
    std::unique_ptr<base::Random> random = base::seeded_random(1);
    FunctionCode code{*files, *random, folder.path() / "functions"};
};

TEST_F(FunctionCodeTest, InstallsOncePerPackage) {
    const FunctionPackage first = install("one");
    EXPECT_EQ(read(code.path("fn", first.folder) / "app.py"), "one");
    EXPECT_EQ(first.sha256.size(), 44U);
    EXPECT_EQ(install("one").folder, first.folder);
    EXPECT_NE(install("two").folder, first.folder);
}

// If it fails, a broken package leaves half of itself behind, or old code stays for ever.
TEST_F(FunctionCodeTest, LeavesNothingThatNobodyNames) {
    EXPECT_FALSE(code.install("fn", make_zip({{"fine", ""}, {"../out", ""}})));
    EXPECT_TRUE(files->list(folder.path() / "functions/fn")->empty());
    const FunctionPackage one = install("one");
    const FunctionPackage two = install("two");
    code.remove_others("fn", {two.folder});
    EXPECT_EQ(*files->list(folder.path() / "functions/fn"), std::vector<std::string>{two.folder});
    ASSERT_TRUE(files->create_folders(folder.path() / "functions/fn/.unfinished-abc"));
    ASSERT_TRUE(files->create_folders(folder.path() / "functions/gone/abc"));
    code.sweep({{"fn", {two.folder}}});
    EXPECT_EQ(*files->list(folder.path() / "functions"), std::vector<std::string>{"fn"});
    EXPECT_EQ(*files->list(folder.path() / "functions/fn"), std::vector<std::string>{two.folder});
    code.remove_others("fn", {});
    EXPECT_TRUE(files->list(folder.path() / "functions")->empty());
}

}  // namespace
}  // namespace millbeck::runtime::lambda
