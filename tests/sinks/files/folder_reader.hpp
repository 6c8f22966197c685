// A folder of a files sink as tests look at it: by its two lists, without the sink.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zstd.h>

#include "base/file_system.hpp"
#include "sinks/files/copy_state.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::sinks {

inline std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

inline std::string unzstd(const std::string& packed) {
    ZSTD_DCtx* context = ZSTD_createDCtx();
    std::string out;
    std::string room(1 << 16, '\0');
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    std::size_t left = 0;
    for (bool is_full = false; in.pos < in.size || is_full;) {
        ZSTD_outBuffer piece{room.data(), room.size(), 0};
        left = ZSTD_decompressStream(context, &piece, &in);
        EXPECT_EQ(ZSTD_isError(left), 0u) << ZSTD_getErrorName(left);
        if (ZSTD_isError(left) != 0) {
            break;
        }
        out.append(room, 0, piece.pos);
        is_full = piece.pos == piece.size;
    }
    EXPECT_TRUE(packed.empty() || left == 0u) << "the frame has no end";
    ZSTD_freeDCtx(context);
    return out;
}

inline std::filesystem::path generation_folder(const std::filesystem::path& folder) {
    const std::string current = text_of(folder / "CURRENT");
    return folder / current.substr(0, current.find('\n'));
}

// All texts that the manifest lists, in its order.
inline std::vector<std::string> complete_texts(const std::filesystem::path& folder) {
    std::vector<std::string> texts;
    if (!std::filesystem::exists(folder / "CURRENT")) {
        return texts;
    }
    const auto root = generation_folder(folder);
    const auto manifest = read_manifest(text_of(root / "_manifest.ndjson"));
    EXPECT_TRUE(manifest) << manifest.error().message;
    for (const auto& [number, file] : manifest->files) {
        const std::string bytes = text_of(root / file.file);
        EXPECT_EQ(bytes.size(), file.bytes) << file.file;
        texts.push_back(file.file.ends_with(".zst") ? unzstd(bytes) : bytes);
    }
    return texts;
}

// And what is committed of files that are not complete yet (not for zstd).
inline std::vector<std::string> committed_texts(const std::filesystem::path& folder) {
    std::vector<std::string> texts = complete_texts(folder);
    if (!std::filesystem::exists(folder / "CURRENT")) {
        return texts;
    }
    const auto root = generation_folder(folder);
    const auto manifest = read_manifest(text_of(root / "_manifest.ndjson"));
    auto journal = read_journal(text_of(root / "_journal"));
    EXPECT_TRUE(journal) << journal.error().message;
    for (const auto& [number, part] : journal->open) {
        if (!manifest->files.contains(number)) {
            char name[32];  // NOLINT(modernize-avoid-c-arrays): snprintf's own
            static_cast<void>(std::snprintf(name, sizeof name, "part-%06u.ndjson",
                                            static_cast<unsigned>(number)));
            texts.push_back(text_of(root / "_open" / name).substr(0, part.bytes));
        }
    }
    return texts;
}

// The numbers of `"seq":"17"` in these texts.
inline std::vector<std::string> ids_of(const std::vector<std::string>& texts) {
    static constexpr std::string_view kMark = "\"seq\":\"";
    std::vector<std::string> ids;
    for (const std::string& text : texts) {
        for (std::size_t at = text.find(kMark); at != std::string::npos;
             at = text.find(kMark, at + 1)) {
            const std::size_t begin = at + kMark.size();
            ids.push_back(text.substr(begin, text.find('"', begin) - begin));
        }
    }
    return ids;
}

}  // namespace millbeck::sinks
