#include "runtime/api/next_token.hpp"

#include <cstring>

#include <xxhash.h>

#include "shardlog/base64.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::fail;

// Little-endian, as the machine has it: a token is not kept.
struct Head {
    std::uint64_t checksum = 0;  // of what follows
    Fingerprint statement{};
    std::uint64_t range = 0;
};
static_assert(sizeof(Head) == 32);

std::uint64_t checksum_of(std::string_view bytes) {
    const std::string_view covered = bytes.substr(sizeof(std::uint64_t));
    return XXH3_64bits(covered.data(), covered.size());
}

}  // namespace

std::string make_next_token(const Fingerprint& statement, std::uint32_t range,
                            std::string_view last_key) {
    Head head{0, statement, range};
    std::string bytes(sizeof head, '\0');
    std::memcpy(bytes.data(), &head, sizeof head);
    bytes.append(last_key);
    head.checksum = checksum_of(bytes);
    std::memcpy(bytes.data(), &head, sizeof head);
    std::string token;
    shardlog::append_base64(token, bytes);
    return token;
}

base::Result<ReadPosition> read_next_token(const Fingerprint& statement, std::string_view token) {
    constexpr const char* kInvalid = "Invalid NextToken";
    if (!shardlog::check_base64(token)) {
        return fail(Code::Invalid, kInvalid);
    }
    std::string bytes;
    shardlog::append_base64_decoded(bytes, token);
    Head head;
    if (bytes.size() < sizeof head) {
        return fail(Code::Invalid, kInvalid);
    }
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.checksum != checksum_of(bytes)) {
        return fail(Code::Invalid, kInvalid);
    }
    if (head.statement != statement) {
        return fail(Code::Invalid, "NextToken does not match request");
    }
    ReadPosition position{static_cast<std::uint32_t>(head.range), std::nullopt};
    if (bytes.size() > sizeof head) {
        MB_TRY(position.start_after,
               shardlog::parse_item(std::string_view(bytes).substr(sizeof head)));
    }
    return position;
}

}  // namespace millbeck::runtime
