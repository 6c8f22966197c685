#include "base/sha256.hpp"

#include <string>

#include <gtest/gtest.h>

namespace millbeck::base {
namespace {

std::string hex(const std::string& bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        text += kDigits[static_cast<unsigned char>(byte) >> 4U];
        text += kDigits[static_cast<unsigned char>(byte) & 15U];
    }
    return text;
}

// If it fails, code has another name than AWS's and everybody's tools give it.
// Source: NIST's examples for FIPS 180-4, and `sha256sum` for the lengths around a block's end.
TEST(Sha256, IsThatOfTheStandard) {
    struct Row {
        std::string bytes, digest;
    };
    for (const Row& row :
         {Row{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
          Row{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
          Row{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
          Row{std::string(1'000'000, 'a'),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
          Row{std::string(55, 'x'),
              "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072"},
          Row{std::string(64, 'x'),
              "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c"}}) {
        EXPECT_EQ(hex(sha256(row.bytes)), row.digest) << row.bytes.size();
    }
}

}  // namespace
}  // namespace millbeck::base
