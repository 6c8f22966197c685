#include "base/random.hpp"

#include <array>
#include <random>
#include <string_view>

#include "base/mutex.hpp"

namespace millbeck::base {
namespace {

// mt19937_64 because the standard fixes its every output: a printed seed replays anywhere.
class MersenneRandom final : public Random {
  public:
    explicit MersenneRandom(std::mt19937_64 engine) : engine_(engine) {}

    std::uint64_t next_u64() override {
        const MutexLock lock(mutex_);
        return engine_();
    }

  private:
    Mutex mutex_;
    std::mt19937_64 engine_ MB_GUARDED_BY(mutex_);
};

constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

std::unique_ptr<Random> system_random() {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device()};
    return std::make_unique<MersenneRandom>(std::mt19937_64(seed));
}

std::unique_ptr<Random> seeded_random(std::uint64_t seed) {
    return std::make_unique<MersenneRandom>(std::mt19937_64(seed));
}

std::string make_hex(Random& random, std::size_t count) {
    std::string text;
    text.reserve(count);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (i % 16 == 0) {
            bits = random.next_u64();
        }
        text.push_back(kHexDigits[bits & 15]);
        bits >>= 4;
    }
    return text;
}

std::string make_uuid(Random& random) {
    std::string text = make_hex(random, 36);
    for (const std::size_t dash : {8u, 13u, 18u, 23u}) {
        text[dash] = '-';
    }
    // Version 4 in the 13th digit, the RFC 4122 variant (8, 9, a or b) in the 17th.
    text[14] = '4';
    text[19] = kHexDigits[8 + kHexDigits.find(text[19]) % 4];
    return text;
}

}  // namespace millbeck::base
