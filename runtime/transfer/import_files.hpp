// What an import reads: which files, in which form, and what an export's manifest says of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "runtime/transfer/format.hpp"

namespace millbeck::runtime {

struct ImportFile {
    std::string path;  // "-": standard input
    Format format = Format::Ndjson;
    std::uint64_t bytes = 0;               // stored; 0 of standard input
    std::optional<std::uint64_t> items{};  // by the manifest
    std::optional<std::string> md5{};      // base64, by the manifest
};

struct ImportPlan {
    std::vector<ImportFile> files;
    std::uint64_t bytes = 0;  // of all of them; 0: not known
};

// A file, `-`, a folder of an export (or above it, if there is one export in it), or a folder of
// files that end in .json, .ndjson, .jsonl or .csv, with or without .gz, in the order of their
// names. Without `format` names decide. Errors: NotFound, Io; Invalid: an export that is not whole,
// nothing to read.
base::Result<ImportPlan> plan_import(base::FileSystem& files, const std::string& path,
                                     std::optional<Format> format);

// Reads the file for its MD5, if the manifest has one. Corrupt.
base::Status check_md5(base::FileSystem& files, const ImportFile& file);

}  // namespace millbeck::runtime
