#include "base/http_client.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <mutex>

#include <curl/curl.h>
#include <fmt/format.h>

namespace millbeck::base {
namespace {

// No server of ours sends more; without a limit a broken one could fill our memory.
constexpr std::size_t kBodyBytesMax = 256u << 20;
// Read at once. A page of stream records is most of a megabyte: curl's usual 16 KB are 50 calls.
constexpr long kReceiveBytes = 256L << 10;

struct EasyCloser {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyCloser>;

struct ListCloser {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListCloser>;

void init_once() {
    static std::once_flag flag;
    std::call_once(flag, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

// Call-backs of curl: returning less than was given makes the transfer fail.
std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& body = static_cast<HttpClientResponse*>(into)->body;
    if (body.size() + size * count > kBodyBytesMax) {
        return 0;
    }
    body.append(bytes, size * count);
    return size * count;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = std::min(text.find_first_not_of(kBlanks), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// What is announced need not come: no more than this is believed.
constexpr std::size_t kReservedBytesMax = 4u << 20;

void reserve_body(HttpClientResponse& response, std::string_view length) {
    std::size_t bytes = 0;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
    if (error == std::errc() && end == length.data() + length.size()) {
        response.body.reserve(std::min(bytes, kReservedBytesMax));
    }
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& headers = static_cast<HttpClientResponse*>(into)->headers;
    const std::string_view line(bytes, size * count);
    if (line.substr(0, 5) == "HTTP/") {
        headers.clear();  // of the interim answer before this one
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (name == "content-length") {
            reserve_body(*static_cast<HttpClientResponse*>(into), value);
        }
        headers[name] = value;
    }
    return line.size();
}

Code code_of(CURLcode result) {
    switch (result) {
        case CURLE_COULDNT_CONNECT:
        case CURLE_COULDNT_RESOLVE_HOST:
            return Code::Unavailable;
        case CURLE_OPERATION_TIMEDOUT:
            return Code::DeadlineExceeded;
        default:
            return Code::Io;
    }
}

class CurlClient final : public HttpClient {
  public:
    CurlClient(std::string origin, Easy easy)
        : origin_(std::move(origin)), easy_(std::move(easy)) {}

    Result<HttpClientResponse> send(std::string_view method, std::string_view target,
                                    std::string_view body,
                                    const std::vector<std::pair<std::string, std::string>>& headers,
                                    Milliseconds timeout) override {
        CURL* easy = easy_.get();
        curl_easy_reset(easy);  // options only: the connection stays
        HttpClientResponse response;
        const std::string url = origin_ + std::string(target);
        const std::string verb(method);
        MB_TRY(const List lines, header_lines(headers));
        // NOLINTBEGIN(cppcoreguidelines-pro-type-vararg): curl's own signature.
        curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
        curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");  // never what the environment says
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBytes);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines.get());
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &response);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, &response);
        if (verb == "HEAD") {
            curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        } else if (verb != "GET" || !body.empty()) {
            curl_easy_setopt(easy, CURLOPT_POST, 1L);
            curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data() == nullptr ? "" : body.data());
            curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                             static_cast<curl_off_t>(body.size()));
        }
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, verb.c_str());
        const CURLcode result = curl_easy_perform(easy);
        if (result != CURLE_OK) {
            return fail(code_of(result),
                        fmt::format("{} {}: {}", verb, url, curl_easy_strerror(result)));
        }
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        // NOLINTEND(cppcoreguidelines-pro-type-vararg)
        response.status = static_cast<unsigned>(status);
        return response;
    }

  private:
    static Result<List> header_lines(
        const std::vector<std::pair<std::string, std::string>>& headers) {
        List lines;
        // Without this curl waits a second for a `100 Continue` before a large body.
        List with_expect(curl_slist_append(nullptr, "Expect:"));
        lines.swap(with_expect);
        for (const auto& [name, value] : headers) {
            const std::string line = fmt::format("{}: {}", name, value);
            if (line.find_first_of("\r\n") != std::string::npos) {
                return fail(Code::Invalid, fmt::format("a line end in the header {}", name));
            }
            // On success the head of the list stays the same.
            if (curl_slist_append(lines.get(), line.c_str()) == nullptr) {
                return fail(Code::Io, "no memory for a header");
            }
        }
        return lines;
    }

    std::string origin_;
    Easy easy_;
};

struct UrlCloser {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
        return {};
    }
    std::string copy(text);
    curl_free(text);
    return copy;
}

// `origin` without a closing slash.
Result<std::string> parse_origin(std::string_view origin) {
    const std::unique_ptr<CURLU, UrlCloser> url(curl_url());
    const std::string text(origin);
    const bool parsed = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
    const std::string scheme = parsed ? part_of(url.get(), CURLUPART_SCHEME) : "";
    const bool is_origin = (scheme == "http" || scheme == "https") &&
                           part_of(url.get(), CURLUPART_PATH) == "/" &&
                           part_of(url.get(), CURLUPART_QUERY).empty() &&
                           part_of(url.get(), CURLUPART_FRAGMENT).empty();
    if (!is_origin) {
        return fail(Code::Invalid, fmt::format("\"{}\" is not an endpoint such as "
                                               "http://127.0.0.1:8000",
                                               origin));
    }
    return text.substr(0, text.find_last_not_of('/') + 1);
}

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::open(std::string_view origin) {
    init_once();
    MB_TRY(std::string parsed, parse_origin(origin));
    Easy easy(curl_easy_init());
    MB_CHECK(easy != nullptr, "curl has no memory");
    return std::make_unique<CurlClient>(std::move(parsed), std::move(easy));
}

}  // namespace millbeck::base
