#include "triggers/filter/ip_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include <arpa/inet.h>

namespace millbeck::triggers::filter {

using base::Code;
using base::Result;

namespace {

constexpr std::size_t kV4Bytes = 4;
constexpr std::size_t kV6Bytes = 16;
constexpr std::size_t kTextBytesMax = 63;  // longer is no address

// Decimal parts, leading zeros allowed: that is how EventBridge's platform reads them.
std::optional<IpAddress> parse_v4(std::string_view text) {
    IpAddress address;
    address.size = kV4Bytes;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < kV4Bytes; ++i) {
        if (i > 0 && (at == end || *at++ != '.')) {
            return std::nullopt;
        }
        const auto [rest, error] = std::from_chars(at, end, address.bytes.at(i));
        if (error != std::errc{}) {
            return std::nullopt;
        }
        at = rest;
    }
    return at == end ? std::optional(address) : std::nullopt;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
    IpAddress address;
    address.size = kV6Bytes;
    if (inet_pton(AF_INET6, std::string(text).c_str(), address.bytes.data()) != 1) {
        return std::nullopt;
    }
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
        std::copy(address.bytes.begin() + kMapped.size(), address.bytes.end(),
                  address.bytes.begin());
        std::fill(address.bytes.begin() + kV4Bytes, address.bytes.end(), std::uint8_t{0});
        address.size = kV4Bytes;
    }
    return address;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.empty() || text.size() > kTextBytesMax) {
        return std::nullopt;
    }
    if (text.find_first_not_of("0123456789.") == std::string_view::npos) {
        return parse_v4(text);
    }
    const bool may_be_v6 =
        text.find_first_not_of("0123456789abcdefABCDEF:") == std::string_view::npos;
    return may_be_v6 ? parse_v6(text) : std::nullopt;
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || slash + 1 == text.size() ||
        text.find('/', slash + 1) != std::string_view::npos) {
        return base::fail(Code::Invalid, "Malformed CIDR, one '/' required");
    }
    const std::string_view mask = text.substr(slash + 1);
    int mask_bits = 0;
    const auto [end, error] = std::from_chars(mask.data(), mask.data() + mask.size(), mask_bits);
    if (error != std::errc{} || end != mask.data() + mask.size()) {
        return base::fail(Code::Invalid, "Malformed CIDR, mask bits must be an integer");
    }
    if (mask_bits < 0) {
        return base::fail(Code::Invalid, "Malformed CIDR, mask bits must not be negative");
    }
    const std::string_view address = text.substr(0, slash);
    const auto base = IpAddress::parse(address);
    if (!base) {
        return base::fail(Code::Invalid, "Nonstandard IP address: " + std::string(address));
    }
    if (base->size == kV4Bytes && mask_bits > 31) {
        return base::fail(Code::Invalid, "IPv4 mask bits must be < 32");
    }
    if (mask_bits > 127) {
        return base::fail(Code::Invalid, "IPv6 mask bits must be < 128");
    }
    return IpNetwork(*base, static_cast<std::size_t>(mask_bits));
}

bool IpNetwork::contains(const IpAddress& address) const {
    if (address.size != base_.size) {
        return false;
    }
    const std::size_t whole = mask_bits_ / 8;
    if (std::memcmp(address.bytes.data(), base_.bytes.data(), whole) != 0) {
        return false;
    }
    const std::size_t rest = mask_bits_ % 8;
    const auto differing = static_cast<unsigned>(address.bytes.at(whole) ^ base_.bytes.at(whole));
    return rest == 0 || (differing >> (8 - rest)) == 0;
}

}  // namespace millbeck::triggers::filter
