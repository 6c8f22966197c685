#include "runtime/transfer/export_folder.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/transfer/md5.hpp"
#include "shardlog/base64.hpp"

namespace millbeck::runtime {
namespace {

using base::Result;
using base::Status;
using base::WallTime;
using Json = nlohmann::ordered_json;

constexpr std::string_view kVersion = "2020-06-30";  // of the manifest's form
constexpr std::size_t kNameLength = 26;

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string base64(std::string_view bytes) {
    std::string out;
    shardlog::append_base64(out, bytes);
    return out;
}

// As the bucket's store tells of a file that came in one part.
std::string etag(const std::string& md5) {
    return hex(md5_of(md5)) + "-1";
}

std::string file_name(base::Random& random) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
    std::string name;
    for (std::size_t i = 0; i < kNameLength; ++i) {
        name += kLetters[random.next_u64() % kLetters.size()];
    }
    return name;
}

std::string time_text(WallTime time) {
    return base::to_iso8601(time) + "Z";
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

std::string key_prefix(const ExportFacts& facts, std::string_view below) {
    return (facts.prefix.empty() ? "" : facts.prefix + "/") + "AWSDynamoDB/" + std::string(below);
}

}  // namespace

std::string make_export_id(WallTime now, base::Random& random) {
    return fmt::format("{:014}-{}", base::to_millis(now), base::make_hex(random, 8));
}

ExportFolder::ExportFolder(base::FileSystem& files, base::Random& random, ExportFacts facts,
                           const base::Path& root)
    : files_(files),
      random_(random),
      facts_(std::move(facts)),
      key_prefix_(key_prefix(facts_, facts_.id + "/")),
      data_key_(facts_.increment ? key_prefix(facts_, "data/") : key_prefix_ + "data/"),
      folder_(root / key_prefix(facts_, facts_.id)),
      data_folder_(facts_.increment ? folder_.parent_path() / "data" : folder_ / "data") {}

Result<std::unique_ptr<ExportFolder>> ExportFolder::create(base::FileSystem& files,
                                                           const base::Path& root,
                                                           base::Random& random,
                                                           ExportFacts facts) {
    std::unique_ptr<ExportFolder> made(new ExportFolder(files, random, std::move(facts), root));
    MB_TRY_STATUS(made->make());
    return made;
}

Status ExportFolder::make() {
    MB_TRY_STATUS(files_.create_folders(folder_));
    MB_TRY_STATUS(files_.create_folders(data_folder_));
    return base::write_atomically(files_, folder_ / "_started", "");
}

Status ExportFolder::begin_file() {
    const std::string name = file_name(random_) + ".json.gz";
    file_ = {data_key_ + name, 0, {}};
    file_bytes_ = 0;
    MB_TRY(output_, open_file_output(files_, data_folder_ / name, Packing::Gzip));
    return {};
}

Status ExportFolder::end_file() {
    MB_TRY(const WrittenFile written, output_->finish());
    output_.reset();
    file_.md5 = written.md5;
    done_.push_back(std::move(file_));
    return {};
}

Status ExportFolder::add(std::string_view line) {
    if (!output_) {
        MB_TRY_STATUS(begin_file());
    }
    MB_TRY_STATUS(output_->write(line));
    ++file_.items;
    ++totals_.items;
    file_bytes_ += line.size();
    totals_.bytes += line.size();
    return file_bytes_ >= kFileBytesMax ? end_file() : Status{};
}

Status ExportFolder::write_manifest(const std::string& name, const std::string& text) {
    MB_TRY_STATUS(
        base::write_atomically(files_, folder_ / (name + ".checksum"), base64(md5_of(text))));
    return base::write_atomically(files_, folder_ / (name + ".json"), text);
}

std::string ExportFolder::files_text() const {
    std::string text;
    for (const DataFile& file : done_) {
        text += Json({{"itemCount", file.items},
                      {"md5Checksum", base64(file.md5)},
                      {"etag", etag(file.md5)},
                      {"dataFileS3Key", file.key}})
                    .dump() +
                "\n";
    }
    return text;
}

std::string ExportFolder::summary_text(WallTime ended) const {
    Json summary{{"version", kVersion},
                 {"exportArn", facts_.table_arn + "/export/" + facts_.id},
                 {"startTime", time_text(facts_.started)},
                 {"endTime", time_text(ended)},
                 {"tableArn", facts_.table_arn},
                 {"tableId", facts_.table_id}};
    if (facts_.increment) {
        summary["exportFromTime"] = time_text(facts_.increment->from);
        summary["exportToTime"] = time_text(facts_.increment->to);
    } else {
        summary["exportTime"] = time_text(facts_.export_time);
    }
    summary["s3Bucket"] = facts_.bucket;
    summary["s3Prefix"] = text_or_null(facts_.prefix);
    summary["s3SseAlgorithm"] = text_or_null(facts_.encryption);
    summary["s3SseKmsKeyId"] = text_or_null(facts_.encryption_key);
    summary["manifestFilesS3Key"] = key_prefix_ + "manifest-files.json";
    summary["billedSizeBytes"] = totals_.bytes;
    summary["itemCount"] = totals_.items;
    summary["outputFormat"] = "DYNAMODB_JSON";
    if (facts_.increment) {
        summary["outputView"] = facts_.increment->view;
    }
    summary["exportType"] = facts_.increment ? "INCREMENTAL_EXPORT" : "FULL_EXPORT";
    return summary.dump();
}

Result<ExportTotals> ExportFolder::finish(WallTime ended) {
    if (!output_ && done_.empty()) {
        MB_TRY_STATUS(begin_file());  // an empty table has an empty file
    }
    if (output_) {
        MB_TRY_STATUS(end_file());
    }
    MB_TRY_STATUS(write_manifest("manifest-files", files_text()));
    MB_TRY_STATUS(write_manifest("manifest-summary", summary_text(ended)));
    totals_.manifest_key = key_prefix_ + "manifest-summary.json";
    return totals_;
}

}  // namespace millbeck::runtime
