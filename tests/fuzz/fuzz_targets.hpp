// The entries of the fuzz targets: each takes any bytes and aborts when an invariant breaks.
// libFuzzer runs one of them per program; the unit tests run the corpus through all of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millbeck::fuzz {

int fuzz_expression(const std::uint8_t* data, std::size_t size);
int fuzz_item(const std::uint8_t* data, std::size_t size);
int fuzz_number(const std::uint8_t* data, std::size_t size);
int fuzz_frame(const std::uint8_t* data, std::size_t size);
int fuzz_request(const std::uint8_t* data, std::size_t size);
int fuzz_statement(const std::uint8_t* data, std::size_t size);

}  // namespace millbeck::fuzz
