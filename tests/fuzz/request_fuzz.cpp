// Requests: the name of a call on the first line, its body after that. Whatever comes, the answer
// is a request or one of the codes a client can do something about, and the same one every time.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "capture/expression/expression_cache.hpp"
#include "runtime/api/request_parser.hpp"
#include "tests/fuzz/fuzz_targets.hpp"

namespace millbeck::fuzz {
namespace {

bool belongs_to_streams(std::string_view call) {
    return call == "ListStreams" || call == "DescribeStream" || call == "GetShardIterator" ||
           call == "GetRecords";
}

std::string target_of(std::string_view call) {
    if (call.find('.') != std::string_view::npos) {
        return std::string(call);
    }
    return (belongs_to_streams(call) ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.") +
           std::string(call);
}

bool is_clients_fault(base::Code code) {
    return code == base::Code::Malformed || code == base::Code::Invalid ||
           code == base::Code::Unsupported || code == base::Code::UnknownOperation ||
           code == base::Code::NotFound || code == base::Code::LimitExceeded;
}

}  // namespace

int fuzz_request(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::string target = target_of(text.substr(0, line));
    const std::string body(text.substr(std::min(line + 1, text.size())));
    static capture::expression::ExpressionCache expressions;
    const auto first = runtime::parse_request(target, body, {expressions});
    const auto second = runtime::parse_request(target, body, {expressions});
    MB_CHECK(first.has_value() == second.has_value(), "the same request, the same answer");
    if (!first) {
        MB_CHECK(first.error() == second.error(), "the same request, the same words");
        MB_CHECK(is_clients_fault(first.error().code), "a bad request is the client's fault");
    } else {
        MB_CHECK(first->index() == second->index(), "the same request, the same call");
    }
    return 0;
}

}  // namespace millbeck::fuzz
