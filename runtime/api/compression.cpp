#include "runtime/api/compression.hpp"

#include <cstring>
#include <memory>

#include <libdeflate.h>

namespace millbeck::runtime {
namespace {

constexpr std::size_t kSmallestGzip = 18;  // header of 10 bytes, trailer of 8

struct FreeDecompressor {
    void operator()(libdeflate_decompressor* decompressor) const {
        libdeflate_free_decompressor(decompressor);
    }
};

// The trailer's last four bytes, little-endian: the size of the content, modulo 2^32.
std::uint32_t content_size(std::string_view gzip) {
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        size = (size << 8U) | static_cast<unsigned char>(gzip[gzip.size() - 1 - i]);
    }
    return size;
}

}  // namespace

std::uint32_t body_crc32(std::string_view body) {
    return libdeflate_crc32(0, body.data(), body.size());
}

base::Result<std::string> gunzip(std::string_view gzip, std::size_t bytes_max) {
    if (gzip.size() < kSmallestGzip) {
        return base::fail(base::Code::Corrupt, "The request body is not valid gzip");
    }
    const std::size_t size = content_size(gzip);
    if (size > bytes_max) {
        return base::fail(base::Code::LimitExceeded, "The request body is too large");
    }
    const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
        libdeflate_alloc_decompressor());
    MB_CHECK(decompressor != nullptr, "out of memory");
    std::string content(size, '\0');
    std::size_t consumed = 0;
    std::size_t produced = 0;
    const auto outcome =
        libdeflate_gzip_decompress_ex(decompressor.get(), gzip.data(), gzip.size(), content.data(),
                                      content.size(), &consumed, &produced);
    if (outcome != LIBDEFLATE_SUCCESS || consumed != gzip.size() || produced != size) {
        return base::fail(base::Code::Corrupt, "The request body is not valid gzip");
    }
    return content;
}

}  // namespace millbeck::runtime
