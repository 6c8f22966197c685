#include "runtime/api/reply.hpp"

#include "runtime/api/compression.hpp"

namespace millbeck::runtime {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::size_t kHeadersUsual = 3;  // id, checksum, origin

// One step of SplitMix64. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
// generators", 2014.
std::uint64_t mix(std::uint64_t& state) {
    state += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

}  // namespace

std::string make_request_id(std::uint64_t seed) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    constexpr std::size_t kCharacters = 52;
    constexpr unsigned kPerWord = 12;  // of 5 bits
    std::string id(kCharacters, '0');
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < kCharacters; ++i) {
        if (i % kPerWord == 0) {
            word = mix(seed);
        }
        id[i] = kAlphabet[word & 31U];
        word >>= 5U;
    }
    return id;
}

Reply::Reply(const base::HttpRequest& request, base::Random& random, ApiMetrics& metrics,
             base::Responder respond)
    : metrics_(&metrics), respond_(std::move(respond)) {
    response_.headers.reserve(kHeadersUsual);
    response_.headers.emplace_back("x-amzn-RequestId", make_request_id(random.next_u64()));
    if (!request.header("origin").empty()) {
        response_.headers.emplace_back("Access-Control-Allow-Origin", "*");
    }
    const std::string_view type = request.header("content-type");
    if (type.substr(0, kJson.size()) == kJson) {
        response_.content_type = kJson;
    }
}

void Reply::send(std::string body) {
    response_.body = std::move(body);
    finish();
}

void Reply::fail(const base::Error& error) {
    fail(wire_error(error.code), error.message);
}

void Reply::fail(const WireError& error, std::string_view message, std::string_view members) {
    metrics_->count_error(error.type);
    response_.status = error.status;
    response_.body = error_body(error, message, members);
    finish();
}

void Reply::send_raw(unsigned status, std::string content_type, std::string body) {
    response_.status = status;
    response_.content_type = std::move(content_type);
    response_.body = std::move(body);
    finish();
}

void Reply::allow_preflight(const base::HttpRequest& request) {
    const auto echo = [&](const char* allow, std::string_view asked) {
        if (!asked.empty()) {
            response_.headers.emplace_back(allow, std::string(asked));
        }
    };
    echo("Access-Control-Allow-Headers", request.header("access-control-request-headers"));
    echo("Access-Control-Allow-Methods", request.header("access-control-request-method"));
    response_.headers.emplace_back("Access-Control-Max-Age", "172800");
    respond_(std::move(response_));
}

void Reply::finish() {
    response_.headers.emplace_back("x-amz-crc32", std::to_string(body_crc32(response_.body)));
    respond_(std::move(response_));
}

}  // namespace millbeck::runtime
