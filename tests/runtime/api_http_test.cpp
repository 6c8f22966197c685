// The envelope: methods, paths, content types, signatures, request ids, checksums, CORS, gzip.
#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <libdeflate.h>

#include "runtime/api/compression.hpp"
#include "runtime/api/error_map.hpp"
#include "tests/support/api_node.hpp"
#include "tests/support/fake_http.hpp"

namespace millbeck::runtime {
namespace {

using tests::ApiNode;
using tests::FakeHttpRequest;
using tests::header_of;

const std::string kNotFound = "<UnknownOperationException/>\n";
const std::string kList = "ListTables";

std::string gzip(const std::string& plain) {
    std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
        libdeflate_alloc_compressor(6), &libdeflate_free_compressor);
    std::string out(libdeflate_gzip_compress_bound(compressor.get(), plain.size()), '\0');
    out.resize(libdeflate_gzip_compress(compressor.get(), plain.data(), plain.size(), out.data(),
                                        out.size()));
    return out;
}

// If it fails, SDKs that check request ids and checksums refuse good answers.
TEST(ApiHttp, SendsTheHeadersClientsCheck) {
    const ApiNode node;
    const auto first = node.call(kList, "{}");
    EXPECT_EQ(first.status, 200U);
    EXPECT_EQ(first.body, R"({"TableNames":[]})");
    EXPECT_EQ(first.content_type, "application/x-amz-json-1.0");
    const std::string id = header_of(first, "x-amzn-RequestId");
    EXPECT_EQ(id.size(), 52U) << id;
    EXPECT_EQ(id.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), std::string::npos)
        << id;
    EXPECT_EQ(header_of(first, "x-amz-crc32"), std::to_string(body_crc32(first.body)));
    EXPECT_NE(header_of(node.call(kList, "{}"), "x-amzn-RequestId"), id);
    const auto json = node.send(ApiNode::signed_request(kList, "{}")
                                    .with("content-type", "application/json; charset=utf-8"));
    EXPECT_EQ(json.status, 200U);
    EXPECT_EQ(json.content_type, "application/json");
}

// If it fails, the checksum in the header is not the one clients compute.
TEST(ApiHttp, KnowsPublishedChecksums) {
    EXPECT_EQ(body_crc32(kNotFound), 3552371480U);
    EXPECT_EQ(body_crc32("healthy: dynamodb.us-east-1.amazonaws.com "), 3128867991U);
    EXPECT_EQ(body_crc32(R"({"__type":"com.amazon.coral.service#SerializationException"})"),
              3948637019U);
    EXPECT_EQ(body_crc32(R"({"__type":"com.amazon.coral.service#UnknownOperationException"})"),
              1368724161U);
}

// If it fails, health probes of emulators and browsers' first requests are answered with errors.
TEST(ApiHttp, AnswersWhatIsNoCall) {
    const ApiNode node;
    const auto health = node.send(FakeHttpRequest("GET", "/", "").with("Host", "localhost:8000"));
    EXPECT_EQ(health.status, 200U);
    EXPECT_EQ(health.body, "healthy: localhost:8000 ");

    const std::vector<FakeHttpRequest> strangers{
        FakeHttpRequest("PUT", "/", ""),
        FakeHttpRequest("DELETE", "/", ""),
        FakeHttpRequest("OPTIONS", "/", ""),
        FakeHttpRequest("GET", "/elsewhere", ""),
        FakeHttpRequest("POST", "/elsewhere", "{}"),
        ApiNode::signed_request(kList, "{}").with("content-type", "text/plain"),
        ApiNode::signed_request(kList, "{}").without("Content-Type"),
    };
    for (const auto& request : strangers) {
        const auto response = node.send(request);
        EXPECT_EQ(response.status, 404U) << request.method() << request.target();
        EXPECT_EQ(response.body, kNotFound);
        EXPECT_EQ(header_of(response, "x-amz-crc32"), "3552371480");
    }
}

// If it fails, a browser's console cannot talk to the server.
TEST(ApiHttp, AllowsOtherOrigins) {
    const ApiNode node;
    const auto preflight = node.send(FakeHttpRequest("OPTIONS", "/", "")
                                         .with("Origin", "http://console")
                                         .with("Access-Control-Request-Headers", "a, b, c")
                                         .with("Access-Control-Request-Method", "POST"));
    EXPECT_EQ(preflight.status, 200U);
    EXPECT_EQ(preflight.body, "");
    EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Headers"), "a, b, c");
    EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Methods"), "POST");
    EXPECT_EQ(header_of(preflight, "Access-Control-Max-Age"), "172800");
    const auto call = node.send(ApiNode::signed_request(kList, "{}").with("Origin", "http://x"));
    EXPECT_EQ(header_of(call, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header_of(node.call(kList, "{}"), "Access-Control-Allow-Origin"), "");
}

struct AuthRow {
    FakeHttpRequest request;
    std::string type;
    std::string message;
};

// If it fails, a client whose signing is broken here finds out only on AWS.
TEST(ApiHttp, WantsASignedRequest) {
    const ApiNode node;
    const auto base = ApiNode::signed_request(kList, "{}");
    const std::string missing = "MissingAuthenticationTokenException";
    const std::string incomplete = "IncompleteSignatureException";
    const std::string no_token = "Request is missing Authentication Token";
    const auto with_query = [](const std::string& query) {
        FakeHttpRequest request("POST", "/?" + query, "{}");
        request.with("Content-Type", "application/x-amz-json-1.0")
            .with("X-Amz-Target", "DynamoDB_20120810.ListTables");
        return request;
    };
    const std::vector<AuthRow> rows{
        {FakeHttpRequest(base).without("Authorization"), missing, no_token},
        {FakeHttpRequest(base).with("authorization", "AWS4"), missing, no_token},
        {FakeHttpRequest(base).with("authorization", "AWS4-").without("X-Amz-Date"), incomplete,
         "Authorization header requires 'Credential' parameter. Authorization header requires "
         "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
         "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
         "Authorization=AWS4-"},
        {FakeHttpRequest(base).with("authorization",
                                    "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=b"),
         incomplete,
         "Authorization header requires 'Signature' parameter. "
         "Authorization=AWS4-HMAC-SHA256 Credential=a,SignedHeaders=b"},
        {with_query("X-Amz-Algorithm=x"), incomplete,
         "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters "
         "must include 'X-Amz-Signature'. AWS query-string parameters must include "
         "'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine "
         "the query-string parameters."},
        {with_query("X-Amz-Algorithm=x").with("Authorization", "AWS4-HMAC-SHA256 x"),
         "InvalidSignatureException",
         "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
         "header."},
    };
    for (const auto& row : rows) {
        const auto response = node.send(row.request);
        EXPECT_EQ(response.status, 400U);
        EXPECT_EQ(response.body, R"({"__type":"com.amazon.coral.service#)" + row.type +
                                     R"(","message":")" + row.message + R"("})");
    }
    const auto good = node.send(
        with_query("X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-SignedHeaders=d&"
                   "X-Amz-Date=e"));
    EXPECT_EQ(good.status, 200U) << good.body;
}

// If it fails, clients are told of the signature when it is the JSON that is broken.
TEST(ApiHttp, ChecksInTheServicesOrder) {
    const ApiNode node;
    const std::string prefix = R"({"__type":"com.amazon.coral.service#)";
    const auto unsigned_request = [&](std::string body, const std::string& target) {
        FakeHttpRequest request("POST", "/", std::move(body));
        request.with("Content-Type", "application/x-amz-json-1.0").with("X-Amz-Target", target);
        return request;
    };
    const std::string target = "DynamoDB_20120810.ListTables";
    EXPECT_EQ(node.send(unsigned_request("hi", target)).body, prefix + "SerializationException\"}");
    EXPECT_EQ(node.send(unsigned_request("{}", "x")).body, prefix + "UnknownOperationException\"}");
    EXPECT_EQ(node.send(unsigned_request("", target)).body,
              prefix + R"(MissingAuthenticationTokenException","message":"Request is missing )"
                       R"(Authentication Token"})");
    EXPECT_EQ(node.send(unsigned_request(R"({"Limit":"x"})", target)).status, 400U);
    EXPECT_EQ(node.call(kList, "").body, prefix + "SerializationException\"}");
}

// If it fails, a client with a broken request is told something else than by the service, or hangs.
TEST(ApiHttp, AnswersBrokenRequestsAsTheServiceDoes) {
    const ApiNode node;
    const std::string prefix = R"({"__type":"com.amazon.coral.service#)";
    const std::string unknown = prefix + "UnknownOperationException\"}";
    const std::string malformed = prefix + "SerializationException\"}";
    const std::string tables = R"({"TableNames":[]})";
    struct Row {
        std::string target, type, body, answer;
    };
    const std::string json = "application/x-amz-json-1.0";
    const std::string list = "DynamoDB_20120810.ListTables";
    const std::vector<Row> rows{
        {list, json, "{}", tables},
        {list, "application/json", "{}", tables},
        {list, json + "; charset=utf-8", " {} ", tables},
        {"", json, "{}", unknown},
        {"ListTables", json, "{}", unknown},
        {"DynamoDB_20120810.", json, "{}", unknown},
        {"DynamoDB_20120810.Nothing", json, "{}", unknown},
        {"DynamoDB_20111205.ListTables", json, "{}", unknown},
        {"dynamodb_20120810.ListTables", json, "{}", unknown},
        {list, json, "", malformed},
        {list, json, R"({"Limit":)", malformed},
        {list, json, "[]", malformed},
        {list, json, R"("x")", malformed},
        {list, json, "{} {}", malformed},
        {list, json, "{\"ExclusiveStartTableName\":\"\xFF\"}", malformed},
        {list, json, "\xEF\xBB\xBF{}", malformed},
        {list, "text/plain", "{}", kNotFound},
        {list, "application/x-amz-json-1.1", "{}", kNotFound},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.target + " " + row.type + " " + row.body);
        const auto response = node.send(ApiNode::signed_request(list, row.body)
                                            .with("X-Amz-Target", row.target)
                                            .with("Content-Type", row.type));
        EXPECT_EQ(response.body, row.answer);
    }
}

// If it fails, clients that compress cannot write, or a small request can fill the memory.
TEST(ApiHttp, ReadsGzip) {
    const ApiNode node;
    const auto send = [&](std::string body) {
        return node.send(
            ApiNode::signed_request(kList, std::move(body)).with("Content-Encoding", "gzip"));
    };
    EXPECT_EQ(send(gzip(R"({"Limit":5})")).body, R"({"TableNames":[]})");
    std::string damaged = gzip(R"({"Limit":5})");
    damaged[12] = static_cast<char>(damaged[12] ^ 0x55);
    EXPECT_EQ(send(damaged).status, 500U);
    EXPECT_EQ(send("not gzip").status, 500U);
    EXPECT_EQ(send(gzip("{}") + std::string(8, '\0')).status, 500U);
    EXPECT_EQ(send(gzip(std::string((16U << 20U) + 1, ' '))).status, 413U);
}

// If it fails, clients give up where they should repeat, or repeat for ever.
TEST(ErrorMap, TellsClientsWhetherToRepeat) {
    using base::Code;
    const std::array retried{
        Code::Unavailable, Code::DeadlineExceeded, Code::Cancelled, Code::NoSpace,
        Code::Io,          Code::Corrupt,          Code::Internal};
    for (const Code code : retried) {
        EXPECT_GE(wire_error(code).status, 500U) << to_string(code);
    }
    const std::array fixed{Code::Invalid,     Code::Malformed,        Code::NotFound,
                           Code::InUse,       Code::Trimmed,          Code::Expired,
                           Code::Unsupported, Code::UnknownOperation, Code::LimitExceeded};
    for (const Code code : fixed) {
        EXPECT_EQ(wire_error(code).status, 400U) << to_string(code);
    }
    for (const Code code : fixed) {
        EXPECT_EQ(wire_error(code).text_member, code == Code::Malformed ? "Message" : "message");
    }
    EXPECT_EQ(error_body(wire_error(Code::NotFound), "no \"x\""),
              R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
              R"("message":"no \"x\""})");
    EXPECT_EQ(error_body(wire_error(Code::NotFound), "\xFFx"),
              R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
              R"("message":"?x"})");
}

}  // namespace
}  // namespace millbeck::runtime
