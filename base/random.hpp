// Randomness as something passed in: seeded in tests, from the operating system in the program.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace millbeck::base {

// Threads: any.
class Random {
  public:
    virtual ~Random() = default;
    virtual std::uint64_t next_u64() = 0;
};

// Unpredictable seed, not for secrets.
std::unique_ptr<Random> system_random();

// The same seed gives the same numbers on every machine.
std::unique_ptr<Random> seeded_random(std::uint64_t seed);

// A version 4 UUID in lower case: `6f9619ff-8b86-4d01-b42d-00cf4fc964ff`.
std::string make_uuid(Random& random);

// `count` lower-case hexadecimal characters.
std::string make_hex(Random& random, std::size_t count);

}  // namespace millbeck::base
