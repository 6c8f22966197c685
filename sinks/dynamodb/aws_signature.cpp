#include "sinks/dynamodb/aws_signature.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/hmac.hpp"
#include "base/sha256.hpp"

namespace millbeck::sinks {

namespace {

std::string signing_key(const AwsKeys& keys, const std::string& day) {
    std::string key = base::hmac_sha256(fmt::format("AWS4{}", keys.secret_access_key), day);
    for (const std::string_view part :
         {keys.region, keys.service, std::string_view("aws4_request")}) {
        key = base::hmac_sha256(key, part);
    }
    return key;
}

}  // namespace

std::string amz_date(base::WallTime time) {
    std::string text = base::to_iso8601(time).substr(0, 19);
    text.erase(
        std::remove_if(text.begin(), text.end(), [](char c) { return c == '-' || c == ':'; }),
        text.end());
    return text + "Z";
}

std::string aws_authorization(const AwsRequest& request, const AwsKeys& keys, AwsSigningKey& made) {
    const std::string& time = request.headers.at("x-amz-date");
    const std::string day = time.substr(0, 8);
    std::string lines;
    std::string names;
    for (const auto& [name, value] : request.headers) {
        lines += fmt::format("{}:{}\n", name, value);
        names += (names.empty() ? "" : ";") + name;
    }
    const std::string canonical =
        fmt::format("{}\n{}\n\n{}\n{}\n{}", request.method, request.path, lines, names,
                    base::to_hex(base::sha256(request.body)));
    const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, keys.region, keys.service);
    const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope,
                                            base::to_hex(base::sha256(canonical)));
    if (made.day != day) {
        made = {day, signing_key(keys, day)};
    }
    return fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                       keys.access_key_id, scope, names,
                       base::to_hex(base::hmac_sha256(made.bytes, to_sign)));
}

}  // namespace millbeck::sinks
