// libFuzzer's door, once per target: MILLBECK_FUZZ_TARGET names the function.
#include "tests/fuzz/fuzz_targets.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return millbeck::fuzz::MILLBECK_FUZZ_TARGET(data, size);
}
