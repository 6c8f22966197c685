#include "base/http_response_text.hpp"

#include <algorithm>
#include <array>

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

namespace millbeck::base {
namespace {

void append_clean(std::string& out, std::string_view text) {
    const std::size_t start = out.size();
    out += text;
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
    append_clean(out, name);
    out += ": ";
    append_clean(out, value);
    out += "\r\n";
}

void append_status_line(std::string& out, unsigned status) {
    const auto reason =
        boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
    out += "HTTP/1.1 ";
    out += fmt::format_int(status).c_str();
    out += ' ';
    out.append(reason.data(), reason.size());
    out += "\r\n";
}

}  // namespace

std::string_view HttpDate::text(WallTime now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second == second_) {
        return text_;
    }
    constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<std::chrono::seconds> time(second - day);
    const std::size_t weekday = std::chrono::weekday(day).c_encoding();
    const std::size_t month = static_cast<unsigned>(date.month()) - 1;
    second_ = second;
    text_ = fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday],
                        static_cast<unsigned>(date.day()), kMonths[month],
                        static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                        time.seconds().count());
    return text_;
}

bool has_body(unsigned status) {
    constexpr unsigned kNoContent = 204;
    constexpr unsigned kNotModified = 304;
    return status != kNoContent && status != kNotModified;
}

void append_response_head(std::string& out, const HttpResponse& response, std::string_view date,
                          AfterAnswer after) {
    constexpr unsigned kOk = 200;
    if (response.status == kOk) {
        out += "HTTP/1.1 200 OK\r\n";
    } else {
        append_status_line(out, response.status);
    }
    out += "Server: Millbeck\r\nDate: ";
    out += date;
    out += "\r\n";
    if (has_body(response.status)) {
        append_line(out, "Content-Type", response.content_type);
        out += "Content-Length: ";
        out += fmt::format_int(response.body.size()).c_str();
        out += "\r\n";
    }
    if (after == AfterAnswer::Close) {
        out += "Connection: close\r\n";
    } else if (after == AfterAnswer::KeepAliveSaid) {
        out += "Connection: keep-alive\r\n";
    }
    for (const auto& [name, value] : response.headers) {
        append_line(out, name, value);
    }
    out += "\r\n";
}

}  // namespace millbeck::base
