// IP addresses and networks, as far as patterns compare them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::triggers::filter {

struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};  // the first `size`; the others are 0
    std::size_t size = 0;                  // 4 or 16

    // 10.0.0.7 or 2001:db8::1, also ::ffff:a00:7, which is an IPv4 address. nullopt: anything else.
    static std::optional<IpAddress> parse(std::string_view text);

    friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// All addresses that share the first bits.
class IpNetwork {
  public:
    // `10.0.0.0/24`, `2001:db8::/64`; bits after the mask are ignored. At most 31 and 127 mask
    // bits, as EventBridge has it. Invalid: one sentence.
    static base::Result<IpNetwork> parse(std::string_view text);

    [[nodiscard]] bool contains(const IpAddress& address) const;

  private:
    IpNetwork(const IpAddress& base, std::size_t mask_bits) : base_(base), mask_bits_(mask_bits) {}

    IpAddress base_;
    std::size_t mask_bits_;
};

}  // namespace millbeck::triggers::filter
