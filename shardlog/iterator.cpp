#include "shardlog/iterator.hpp"

#include <array>
#include <optional>

#include <xxhash.h>

#include "shardlog/base64.hpp"

namespace millbeck::shardlog {
namespace {

constexpr std::string_view kSeparator = "|1|";
constexpr std::size_t kIteratorBytesMax = 2048;
// Shard created (ms), shard number, position, issued (ms), checksum.
constexpr std::size_t kPayloadBytes = 8 + 4 + 8 + 8;
constexpr std::size_t kTokenBytes = kPayloadBytes + 8;

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((value >> shift) & 0xFF));
    }
}

std::uint64_t read_big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) {
        value = (value << 8) | static_cast<unsigned char>(c);
    }
    return value;
}

// Against mistakes and mixed-up streams, not against forgery: an iterator grants nothing.
std::uint64_t checksum(std::string_view stream_arn, std::string_view payload) {
    return XXH3_64bits_withSeed(payload.data(), payload.size(),
                                XXH3_64bits(stream_arn.data(), stream_arn.size()));
}

base::WallTime to_wall(std::uint64_t millis) {
    return base::WallTime{base::Milliseconds{static_cast<std::int64_t>(millis)}};
}

std::uint64_t to_bits(base::WallTime time) {
    return static_cast<std::uint64_t>(base::to_millis(time));
}

std::optional<ShardIterator> decode(std::string_view text) {
    if (text.size() > kIteratorBytesMax) {
        return std::nullopt;
    }
    const std::size_t at = text.rfind(kSeparator);
    std::string token;
    if (at == std::string_view::npos ||
        !append_base64url_decoded(token, text.substr(at + kSeparator.size())) ||
        token.size() != kTokenBytes) {
        return std::nullopt;
    }
    const std::string_view arn = text.substr(0, at);
    const std::string_view payload = std::string_view(token).substr(0, kPayloadBytes);
    if (read_big_endian(std::string_view(token).substr(kPayloadBytes)) != checksum(arn, payload)) {
        return std::nullopt;
    }
    const auto number = static_cast<std::uint32_t>(read_big_endian(payload.substr(8, 4)));
    return ShardIterator{
        .stream_arn = std::string(arn),
        .shard = ShardId(to_wall(read_big_endian(payload.substr(0, 8))), ShardNumber{number}),
        .next = SequenceNumber{read_big_endian(payload.substr(12, 8))},
        .issued = to_wall(read_big_endian(payload.substr(20, 8)))};
}

}  // namespace

std::string format_iterator(const ShardIterator& iterator) {
    std::string token;
    append_big_endian(token, to_bits(iterator.shard.created()), 8);
    append_big_endian(token, iterator.shard.number().value(), 4);
    append_big_endian(token, iterator.next.position(), 8);
    append_big_endian(token, to_bits(iterator.issued), 8);
    append_big_endian(token, checksum(iterator.stream_arn, token), 8);
    std::string text = iterator.stream_arn;
    text.append(kSeparator);
    append_base64url(text, token);
    return text;
}

base::Result<ShardIterator> parse_iterator(std::string_view text, base::WallTime now) {
    auto iterator = decode(text);
    if (!iterator) {
        return base::fail(base::Code::Invalid, "Invalid ShardIterator");
    }
    // A clock that stepped back makes an iterator look young, never invalid.
    if (now - iterator->issued > kIteratorLifetime) {
        return iterator_expired();
    }
    return *std::move(iterator);
}

tl::unexpected<base::Error> iterator_expired() {
    return base::fail(base::Code::Expired,
                      "The shard iterator has expired and can no longer be used to retrieve "
                      "stream records. A shard iterator expires 15 minutes after it is "
                      "retrieved using the GetShardIterator action.");
}

}  // namespace millbeck::shardlog
