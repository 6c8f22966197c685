// What a sink of files is opened with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "sinks/message_form.hpp"
#include "sinks/row.hpp"

namespace millbeck::sinks {

struct FilesOptions {
    enum class Format : std::uint8_t { Ndjson, Csv };
    using Lines = MessageForm;  // of NDJSON; a line of CSV is always a row
    // What becomes of an attribute that has no column of a CSV file.
    enum class NewAttributes : std::uint8_t {
        Rest,    // kept in the last column, `_rest`, one JSON object
        Drop,    // left out
        Refuse,  // the batch fails and names it
    };

    base::Path folder;  // of this sink alone; made when it is not there
    Format format = Format::Ndjson;
    Lines lines = Lines::Records;
    // Folders of a file; {date} and {hour} of the change (UTC), {table}, {shard}.
    std::string partition = "dt={date}/hour={hour}";
    std::uint64_t file_bytes = 128u << 20;  // of text, before compression; 64 KB to 16 GB
    base::Milliseconds file_age = base::Milliseconds{300'000};  // 1 s to 7 days
    bool zstd = false;
    int zstd_level = 1;  // 1 to 19
    // Columns of CSV after the five of ours, by mapped name. Empty: those that `mapping` includes.
    std::vector<std::string> columns{};
    NewAttributes new_attributes = NewAttributes::Rest;
    unsigned concurrency = 16;     // 1 to 64; batches that wait together share a sync
    unsigned open_files_max = 16;  // partitions written at once; 1 to 256
    RowMapping mapping{};

    // Relative paths are relative to this folder (the configuration's).
    void settle_paths(const base::Path& base_folder) {
        if (!folder.empty()) {
            folder = base_folder / folder;
        }
    }
};

}  // namespace millbeck::sinks
