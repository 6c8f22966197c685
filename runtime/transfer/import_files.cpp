#include "runtime/transfer/import_files.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/transfer/md5.hpp"
#include "shardlog/base64.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::FileSystem;
using base::Path;
using base::Result;
using base::Status;
using Json = nlohmann::json;

constexpr std::size_t kManifestBytesMax = 64U << 20U;
constexpr std::size_t kChunkBytes = 1U << 20U;
constexpr std::string_view kSummary = "manifest-summary.json";
constexpr std::string_view kFiles = "manifest-files.json";

Result<std::uint64_t> size_of(FileSystem& files, const Path& path) {
    MB_TRY(const auto file, files.open(path, base::OpenMode::Read));
    return file->size();
}

std::string_view without_gz(std::string_view name) {
    return name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
}

bool has_known_ending(std::string_view name) {
    name = without_gz(name);
    constexpr std::array<std::string_view, 4> kEndings{".json", ".ndjson", ".jsonl", ".csv"};
    return std::any_of(kEndings.begin(), kEndings.end(),
                       [&](std::string_view ending) { return name.ends_with(ending); });
}

// Of `a/b/data/x.json.gz` the folder may have been copied with or without what stands in front.
Result<Path> find_data_file(FileSystem& files, const Path& folder, const std::string& key) {
    const Path name = Path(key).filename();
    for (const Path& place : {folder / "data" / name, folder.parent_path() / "data" / name}) {
        MB_TRY(const bool there, files.exists(place));
        if (there) {
            return place;
        }
    }
    return base::fail(Code::NotFound, fmt::format("the export in {} misses its data file {}",
                                                  folder.string(), name.string()));
}

Result<ImportPlan> plan_export(FileSystem& files, const Path& folder) {
    MB_TRY(const bool whole, files.exists(folder / kSummary));
    if (!whole) {
        return base::fail(Code::Invalid, fmt::format("the export in {} is not whole: it has no {}",
                                                     folder.string(), kSummary));
    }
    MB_TRY(const std::string text, base::read_all(files, folder / kFiles, kManifestBytesMax));
    ImportPlan plan;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const Json entry = Json::parse(rest.substr(0, end), nullptr, false);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!entry.is_object() || !entry.contains("dataFileS3Key") ||
            !entry["dataFileS3Key"].is_string()) {
            return base::fail(Code::Invalid, fmt::format("{} is no list of an export's files",
                                                         (folder / kFiles).string()));
        }
        ImportFile file;
        MB_TRY(const Path path,
               find_data_file(files, folder, entry["dataFileS3Key"].get<std::string>()));
        file.path = path.string();
        MB_TRY(file.bytes, size_of(files, path));
        if (entry.contains("itemCount") && entry["itemCount"].is_number_unsigned()) {
            file.items = entry["itemCount"].get<std::uint64_t>();
        }
        if (entry.contains("md5Checksum") && entry["md5Checksum"].is_string()) {
            file.md5 = entry["md5Checksum"].get<std::string>();
        }
        plan.bytes += file.bytes;
        plan.files.push_back(std::move(file));
    }
    return plan;
}

bool is_folder(const Path& path) {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored);
}

// The folder itself, or the only export below it; nullopt: there is none.
Result<std::optional<Path>> find_export(FileSystem& files, const Path& folder) {
    for (const std::string_view name : {kSummary, kFiles, std::string_view("_started")}) {
        MB_TRY(const bool there, files.exists(folder / name));
        if (there) {
            return std::optional(folder);
        }
    }
    const Path below = folder / "AWSDynamoDB";
    if (!is_folder(below)) {
        return std::optional<Path>();
    }
    MB_TRY(auto names, files.list(below));
    std::erase_if(
        names, [&](const std::string& name) { return name == "data" || !is_folder(below / name); });
    if (names.size() > 1) {
        return base::fail(
            Code::Invalid,
            fmt::format("{} has {} exports; name the folder of one of them, like {}",
                        folder.string(), names.size(), (below / names.back()).string()));
    }
    return names.empty() ? std::optional<Path>() : std::optional(below / names.front());
}

Result<ImportPlan> plan_folder(FileSystem& files, const Path& folder,
                               std::optional<Format> format) {
    MB_TRY(const auto names, files.list(folder));
    ImportPlan plan;
    for (const std::string& name : names) {
        if (!has_known_ending(name) || is_folder(folder / name)) {
            continue;
        }
        ImportFile file;
        file.path = (folder / name).string();
        file.format = format.value_or(format_of_name(name));
        MB_TRY(file.bytes, size_of(files, folder / name));
        plan.bytes += file.bytes;
        plan.files.push_back(std::move(file));
    }
    if (plan.files.empty()) {
        return base::fail(Code::Invalid,
                          fmt::format("{} has no export and no .json, .ndjson, .jsonl or .csv file",
                                      folder.string()));
    }
    return plan;
}

}  // namespace

Result<Format> parse_format(std::string_view text) {
    if (text == "ndjson") {
        return Format::Ndjson;
    }
    if (text == "csv") {
        return Format::Csv;
    }
    if (text == "dynamodb-json") {
        return Format::DynamoDb;
    }
    return base::fail(Code::Invalid,
                      fmt::format("\"{}\" is not one of ndjson, csv, dynamodb-json", text));
}

Format format_of_name(std::string_view name) {
    return without_gz(name).ends_with(".csv") ? Format::Csv : Format::Ndjson;
}

Result<ImportPlan> plan_import(FileSystem& files, const std::string& path,
                               std::optional<Format> format) {
    if (path != "-" && is_folder(path)) {
        MB_TRY(const auto found, find_export(files, path));
        if (found && format.value_or(Format::DynamoDb) == Format::DynamoDb) {
            return plan_export(files, *found);
        }
        return plan_folder(files, path, format);
    }
    ImportPlan plan;
    ImportFile file;
    file.path = path;
    file.format = format.value_or(format_of_name(path));
    if (path != "-") {
        MB_TRY(file.bytes, size_of(files, path));
    }
    plan.bytes = file.bytes;
    plan.files.push_back(std::move(file));
    return plan;
}

Status check_md5(FileSystem& files, const ImportFile& file) {
    if (!file.md5) {
        return {};
    }
    MB_TRY(const auto opened, files.open(file.path, base::OpenMode::Read));
    Md5 md5;
    std::string chunk(kChunkBytes, '\0');
    for (std::uint64_t at = 0;;) {
        MB_TRY(const std::size_t bytes, opened->read_at(at, chunk));
        if (bytes == 0) {
            break;
        }
        md5.add(std::string_view(chunk).substr(0, bytes));
        at += bytes;
    }
    std::string told;
    shardlog::append_base64(told, md5.take());
    if (told != *file.md5) {
        return base::fail(
            Code::Corrupt,
            fmt::format("{} is damaged: its MD5 is not that of the manifest", file.path));
    }
    return {};
}

}  // namespace millbeck::runtime
