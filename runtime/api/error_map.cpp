#include "runtime/api/error_map.hpp"

#include <array>

#include <simdjson.h>

#include "shardlog/item.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;

struct Row {
    Code code;
    WireError error;
};

// In the order of the enumerators.
constexpr std::array kTable{
    Row{Code::Invalid, {400, "com.amazon.coral.validate#ValidationException", "message"}},
    Row{Code::Malformed, {400, "com.amazon.coral.service#SerializationException", "Message"}},
    Row{Code::NotFound,
        {400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message"}},
    Row{Code::InUse, {400, "com.amazonaws.dynamodb.v20120810#ResourceInUseException", "message"}},
    Row{Code::ConditionFailed,
        {400, "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message"}},
    Row{Code::LimitExceeded,
        {400, "com.amazonaws.dynamodb.v20120810#LimitExceededException", "message"}},
    Row{Code::Trimmed,
        {400, "com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException", "message"}},
    Row{Code::Expired,
        {400, "com.amazonaws.dynamodb.v20120810#ExpiredIteratorException", "message"}},
    Row{Code::Unsupported, {400, "com.amazon.coral.validate#ValidationException", "message"}},
    Row{Code::UnknownOperation,
        {400, "com.amazon.coral.service#UnknownOperationException", "message"}},
    Row{Code::Unavailable,
        {503, "com.amazon.coral.service#ServiceUnavailableException", "message"}},
    Row{Code::DeadlineExceeded,
        {500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "message"}},
    Row{Code::Cancelled, {503, "com.amazon.coral.service#ServiceUnavailableException", "message"}},
    Row{Code::NoSpace, {500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "message"}},
    Row{Code::Io, {500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "message"}},
    Row{Code::Corrupt, {500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "message"}},
    Row{Code::Internal, {500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "message"}},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (static_cast<std::size_t>(kTable[i].code) != i) {
            return false;
        }
    }
    return kTable.size() == static_cast<std::size_t>(Code::Internal) + 1;
}
static_assert(in_order());

std::string only_ascii(std::string_view text) {
    std::string clean(text);
    for (char& c : clean) {
        c = static_cast<unsigned char>(c) < 0x80U ? c : '?';
    }
    return clean;
}

}  // namespace

const WireError& wire_error(Code code) {
    return kTable[static_cast<std::size_t>(code)].error;
}

constexpr WireError kTransactionCanceled{
    400, "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "Message"};
constexpr WireError kTransactionInProgress{
    400, "com.amazonaws.dynamodb.v20120810#TransactionInProgressException", "Message"};
constexpr WireError kIdempotentMismatch{
    400, "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException", "Message"};

constexpr WireError kDuplicateItem{400, "com.amazonaws.dynamodb.v20120810#DuplicateItemException",
                                   "message"};

constexpr WireError kTableNotFound{400, "com.amazonaws.dynamodb.v20120810#TableNotFoundException",
                                   "message"};
constexpr WireError kTableAlreadyExists{
    400, "com.amazonaws.dynamodb.v20120810#TableAlreadyExistsException", "message"};
constexpr WireError kInvalidRestoreTime{
    400, "com.amazonaws.dynamodb.v20120810#InvalidRestoreTimeException", "message"};
constexpr WireError kPointInTimeRecoveryUnavailable{
    400, "com.amazonaws.dynamodb.v20120810#PointInTimeRecoveryUnavailableException", "message"};
constexpr WireError kTableInUse{400, "com.amazonaws.dynamodb.v20120810#TableInUseException",
                                "message"};
constexpr WireError kBackupNotFound{400, "com.amazonaws.dynamodb.v20120810#BackupNotFoundException",
                                    "message"};
constexpr WireError kBackupInUse{400, "com.amazonaws.dynamodb.v20120810#BackupInUseException",
                                 "message"};
constexpr WireError kExportNotFound{400, "com.amazonaws.dynamodb.v20120810#ExportNotFoundException",
                                    "message"};
constexpr WireError kExportConflict{400, "com.amazonaws.dynamodb.v20120810#ExportConflictException",
                                    "message"};
constexpr WireError kInvalidExportTime{
    400, "com.amazonaws.dynamodb.v20120810#InvalidExportTimeException", "message"};

std::string error_body(const WireError& error, std::string_view text, std::string_view members) {
    std::string body = R"({"__type":)";
    shardlog::append_json_string(body, error.type);
    if (!text.empty()) {
        body += ',';
        shardlog::append_json_string(body, error.text_member);
        body += ':';
        const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
        shardlog::append_json_string(body, utf8 ? std::string(text) : only_ascii(text));
    }
    if (!members.empty()) {
        body.append(",").append(members);
    }
    body += '}';
    return body;
}

}  // namespace millbeck::runtime
