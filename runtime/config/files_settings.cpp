#include "runtime/config/files_settings.hpp"

#include <chrono>

#include "runtime/config/text_setting.hpp"

namespace millbeck::runtime {

using namespace std::chrono_literals;
using F = sinks::FilesOptions;

// NOLINTNEXTLINE(readability-function-size): a table.
const std::vector<Setting<F>>& files_settings() {
    static const std::vector<Setting<F>> settings{
        required(text_setting<F>(
            "folder", [](F & f) -> auto& { return f.folder; }, "path",
            "Where the files go; one sink's own folder.")),
        choice_setting<F, F::Format>(
            "format", [](F & f) -> auto& { return f.format; },
            {{"ndjson", F::Format::Ndjson}, {"csv", F::Format::Csv}},
            "JSON, one object a line, or CSV with a header."),
        choice_setting<F, sinks::MessageForm>(
            "content", [](F & f) -> auto& { return f.lines; },
            {{"records", sinks::MessageForm::Records}, {"rows", sinks::MessageForm::Rows}},
            "Stream records, or rows of plain values. CSV has rows."),
        text_setting<F>(
            "partition", [](F & f) -> auto& { return f.partition; },
            "path of {date}, {hour}, {table}, {shard}",
            "The folders of a file, from the time of the change."),
        number_setting<F>(
            "file_size", [](F & f) -> auto& { return f.file_bytes; }, 64ULL << 10, 16ULL << 30,
            true, "A file is complete when it holds so much text."),
        duration_setting<F>(
            "file_age", [](F & f) -> auto& { return f.file_age; }, 1s, 24h * 7,
            "Or when it is so old."),
        flag_setting<F>(
            "zstd", [](F & f) -> auto& { return f.zstd; }, "Files are compressed."),
        number_setting<F>(
            "zstd_level", [](F & f) -> auto& { return f.zstd_level; }, 1, 19, false,
            "1 is fast, 19 is small."),
        list_setting<F>(
            "columns", [](F & f) -> auto& { return f.columns; },
            "The columns of CSV; without them those that the map includes."),
        choice_setting<F, F::NewAttributes>(
            "new_attributes", [](F & f) -> auto& { return f.new_attributes; },
            {{"rest", F::NewAttributes::Rest},
             {"drop", F::NewAttributes::Drop},
             {"refuse", F::NewAttributes::Refuse}},
            "An attribute without a column: into the column _rest, left out, or the batch fails."),
        number_setting<F>(
            "concurrency", [](F & f) -> auto& { return f.concurrency; }, 1, 64, false,
            "Batches at once; those that wait together share a sync."),
        number_setting<F>(
            "open_files_max", [](F & f) -> auto& { return f.open_files_max; }, 1, 256, false,
            "Partitions that are written at once; then the oldest file is complete."),
    };
    return settings;
}

base::Result<F> files_from_text(const std::string& text) {
    if (text.empty()) {
        return base::fail(base::Code::Invalid, "must be a folder");
    }
    F options;
    options.folder = text;
    return options;
}

}  // namespace millbeck::runtime
