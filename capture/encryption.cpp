#include "capture/encryption.hpp"

#include "capture/invalid_values.hpp"

namespace millbeck::capture {
namespace {

constexpr std::string_view kManagedAlias = "alias/aws/dynamodb";
constexpr std::string_view kKeyPart = ":key/";
constexpr std::size_t kKeyBytesMax = 2048;  // Source: KMS, API_DescribeKey, KeyId

bool is_arn(std::string_view key) {
    return key.starts_with("arn:");
}

// The part of an ARN behind its account, or a name as it is.
std::string_view resource_of(std::string_view key) {
    const auto at = is_arn(key) ? key.rfind(':') : std::string_view::npos;
    return at == std::string_view::npos ? key : key.substr(at + 1);
}

std::string_view id_of(std::string_view key) {
    const auto at = key.rfind(kKeyPart);
    return at == std::string_view::npos ? key : key.substr(at + kKeyPart.size());
}

// `9b1deb4d-...` of 36 characters, or `mrk-` and 32 of them.
bool is_id(std::string_view id) {
    if (id.starts_with("mrk-")) {
        id.remove_prefix(4);
    } else if (id.size() != 36) {
        return false;
    }
    return id.size() >= 32 &&
           id.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
}

tl::unexpected<base::Error> not_found(const std::string& text) {
    return base::fail(
        base::Code::Invalid,
        "KMS validation error: com.amazonaws.services.kms.model.NotFoundException: " + text);
}

}  // namespace

base::Result<std::string> encryption_key_of(std::string_view given) {
    const std::string_view resource = resource_of(given);
    if (resource == kManagedAlias) {
        return std::string(kManagedKey);
    }
    if (given.size() <= kKeyBytesMax && resource.starts_with("alias/")) {
        return not_found("Alias " + std::string(given) + " is not found.");
    }
    const bool key_arn = is_arn(given) && given.find(":kms:") != std::string_view::npos &&
                         resource.starts_with("key/");
    if (given.size() > kKeyBytesMax || !is_id(key_arn ? id_of(given) : given)) {
        return not_found("Invalid keyId '" + std::string(given.substr(0, kKeyBytesMax)) + "'");
    }
    return std::string(given);
}

base::Status check_encryption_change(std::string_view before, std::string_view after) {
    if (before.empty() && after.empty()) {
        return invalid_values("Table is already encrypted by default");
    }
    if (is_arn(after) && id_of(before) == id_of(after)) {
        return invalid_values(
            "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if "
            "you want to change Master Key");
    }
    return {};
}

}  // namespace millbeck::capture
