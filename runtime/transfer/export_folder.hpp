// The folder that DynamoDB's export writes into a bucket: data files and manifests that name them.
//   AWSDynamoDB/<id>/_started, manifest-summary.json, manifest-files.json, a .checksum of each,
//   data/<name>.json.gz; of an incremental export the data are in AWSDynamoDB/data.
// Source: Developer guide, "DynamoDB table export output format".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/transfer/byte_output.hpp"

namespace millbeck::runtime {

// What the summary says besides what is counted. Times of the export, of the request.
struct ExportFacts {
    std::string id;  // see make_export_id
    std::string table_arn;
    std::string table_id;
    std::string bucket;               // as asked for; on a disk of one's own the folder
    std::string prefix;               // "" or of the keys: "a/b"
    std::string encryption = {};      // as asked for: AES256, KMS; "": none
    std::string encryption_key = {};  // "": none
    base::WallTime started{};
    base::WallTime export_time{};
    struct Increment {
        base::WallTime from{};
        base::WallTime to{};
        std::string view;  // NEW_IMAGE, NEW_AND_OLD_IMAGES
    };
    std::optional<Increment> increment = {};
};

// `01693685827463-2d8752fd`: the time in milliseconds, then something random.
std::string make_export_id(base::WallTime now, base::Random& random);

struct ExportTotals {
    std::uint64_t items = 0;
    std::uint64_t bytes = 0;   // of the lines, not zipped
    std::string manifest_key;  // of manifest-summary.json, from the bucket's root
};

// The summary comes last: a folder without one is not whole. Dropped before finish() it leaves
// what it wrote of whole data files, and no manifest.
// Threads: one. Errors: NoSpace, Io.
class ExportFolder {
  public:
    static constexpr std::uint64_t kFileBytesMax = 256U << 20U;  // of lines in one data file

    // `root` is the bucket. Makes the folders and `_started`. Borrows files and random.
    static base::Result<std::unique_ptr<ExportFolder>> create(base::FileSystem& files,
                                                              const base::Path& root,
                                                              base::Random& random,
                                                              ExportFacts facts);

    // `line`: `{"Item":{...}}` or a change, with its newline.
    base::Status add(std::string_view line);
    // Once, at the end.
    base::Result<ExportTotals> finish(base::WallTime ended);

    [[nodiscard]] const base::Path& folder() const { return folder_; }

  private:
    struct DataFile {
        std::string key;
        std::uint64_t items = 0;
        std::string md5;
    };

    ExportFolder(base::FileSystem& files, base::Random& random, ExportFacts facts,
                 const base::Path& root);
    base::Status make();
    base::Status begin_file();
    base::Status end_file();
    base::Status write_manifest(const std::string& name, const std::string& text);
    [[nodiscard]] std::string files_text() const;
    [[nodiscard]] std::string summary_text(base::WallTime ended) const;

    base::FileSystem& files_;
    base::Random& random_;
    const ExportFacts facts_;
    const std::string key_prefix_;  // of the export: [prefix/]AWSDynamoDB/<id>/
    const std::string data_key_;    // of its data, with the slash
    const base::Path folder_;
    const base::Path data_folder_;
    std::vector<DataFile> done_;
    std::unique_ptr<ByteOutput> output_;  // of the file at work
    DataFile file_;
    std::uint64_t file_bytes_ = 0;
    ExportTotals totals_;
};

}  // namespace millbeck::runtime
