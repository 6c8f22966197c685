#include "base/http_response_text.hpp"

#include <gtest/gtest.h>

namespace millbeck::base {
namespace {

TEST(HttpResponseText, DatesAreThoseOfTheStandard) {
    HttpDate date;
    EXPECT_EQ(date.text(WallTime{Milliseconds{784111777'000}}), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.text(WallTime{Milliseconds{784111777'999}}), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.text(WallTime{Milliseconds{784111778'000}}), "Sun, 06 Nov 1994 08:49:38 GMT");
    EXPECT_EQ(date.text(WallTime{Milliseconds{0}}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

// If it fails, clients hang on a wrong length or misread the type.
TEST(HttpResponseText, WritesTheHeaderText) {
    std::string text;
    HttpResponse response;
    response.body = "{}";
    response.headers = {{"x-amzn-RequestId", "ABC"}};
    append_response_head(text, response, "DATE", AfterAnswer::KeepAlive);
    EXPECT_EQ(text,
              "HTTP/1.1 200 OK\r\nServer: Millbeck\r\nDate: DATE\r\n"
              "Content-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n"
              "x-amzn-RequestId: ABC\r\n\r\n");
    text.clear();
    append_response_head(text, {404, "text/plain", {}, ""}, "DATE", AfterAnswer::Close);
    EXPECT_EQ(text,
              "HTTP/1.1 404 Not Found\r\nServer: Millbeck\r\nDate: DATE\r\n"
              "Content-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    text.clear();
    append_response_head(text, {204, "text/plain", {}, ""}, "DATE", AfterAnswer::KeepAliveSaid);
    EXPECT_EQ(text,
              "HTTP/1.1 204 No Content\r\nServer: Millbeck\r\nDate: DATE\r\n"
              "Connection: keep-alive\r\n\r\n");
}

// If it fails, a table name with a line end in it forges headers, or a whole second answer.
TEST(HttpResponseText, NobodySmugglesInALine) {
    std::string text;
    append_response_head(text, {200, "a\r\nb", {{"x\r\ny", "1\r\n\r\nz"}}, ""}, "DATE",
                         AfterAnswer::KeepAlive);
    EXPECT_EQ(text.substr(text.find("Content-Type")),
              "Content-Type: a  b\r\nContent-Length: 0\r\nx  y: 1    z\r\n\r\n");
}

}  // namespace
}  // namespace millbeck::base
