// Zips made in memory, good ones and bad ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zip.h>

namespace millbeck::tests {

struct ZipEntry {
    std::string name;
    std::string text;
    std::uint32_t mode = S_IFREG | 0644U;
    bool from_unix = true;  // else nothing is said of modes
};

inline std::string make_zip(const std::vector<ZipEntry>& entries) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* out = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(out);
    zip_t* zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    for (const ZipEntry& entry : entries) {
        zip_int64_t index = 0;
        if (S_ISDIR(entry.mode)) {
            index = zip_dir_add(zip, entry.name.c_str(), 0);
        } else {
            zip_source_t* text = zip_source_buffer(zip, entry.text.data(), entry.text.size(), 0);
            index = zip_file_add(zip, entry.name.c_str(), text, ZIP_FL_ENC_UTF_8);
        }
        EXPECT_GE(index, 0) << zip_strerror(zip);
        zip_file_set_external_attributes(zip, static_cast<zip_uint64_t>(index), 0,
                                         entry.from_unix ? ZIP_OPSYS_UNIX : ZIP_OPSYS_DOS,
                                         entry.from_unix ? entry.mode << 16U : 0);
    }
    EXPECT_EQ(zip_close(zip), 0);
    zip_stat_t stat{};
    zip_source_stat(out, &stat);
    std::string bytes(stat.size, '\0');
    zip_source_open(out);
    zip_source_read(out, bytes.data(), bytes.size());
    zip_source_close(out);
    zip_source_free(out);
    return bytes;
}

}  // namespace millbeck::tests
