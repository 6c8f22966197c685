#include "base/http_request_parser.hpp"

#include <algorithm>
#include <optional>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

#include "base/http_request_storage.hpp"

namespace millbeck::base {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;
using BeastView = beast::string_view;

// A client that announces a long body has not sent it yet: do not reserve all of it on its word.
constexpr std::size_t kReservedBodyBytesMax = 1u << 20;

// Beast finds the tokens, this keeps them. Lives for one request: basic_parser cannot be reset.
class TokenKeeper final : public http::basic_parser<true> {
  public:
    TokenKeeper(HttpRequestStorage& storage, HttpLimits limits)
        : storage_(storage), limits_(limits) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
        if (limits.body_over_limit == OverLimit::Fail) {
            body_limit(limits.body_bytes_max);
        } else {
            body_limit(boost::none);
        }
        eager(true);
    }

    [[nodiscard]] std::size_t body_bytes_max() const { return limits_.body_bytes_max; }

  private:
    void on_request_impl(http::verb, BeastView method, BeastView target, int version,
                         error_code&) override {
        storage_.is_http_1_0 = version == 10;
        storage_.method = storage_.keep(method);
        storage_.target = storage_.keep(target);
        const std::string_view large = limits_.large_target;
        if (!large.empty() && storage_.view(storage_.target).starts_with(large)) {
            limits_.body_bytes_max = limits_.large_body_bytes_max;
            if (limits_.body_over_limit == OverLimit::Fail) {
                body_limit(limits_.body_bytes_max);
            }
        }
    }

    void on_response_impl(int, BeastView, int, error_code&) override {}

    void on_field_impl(http::field field, BeastView name, BeastView value,
                       error_code& error) override {
        if (storage_.text.size() + name.size() + value.size() > limits_.header_bytes_max) {
            error = http::error::header_limit;
            return;
        }
        if (storage_.header_done) {
            // Kept apart: a client must not change a header after it was looked at.
            storage_.keep_in(storage_.trailers, name, value);
            return;
        }
        if (field == http::field::transfer_encoding && !beast::iequals(value, "chunked")) {
            error = http::error::bad_transfer_encoding;
            return;
        }
        if (field == http::field::expect) {
            const bool is_continue = beast::iequals(value, "100-continue");
            storage_.expects_continue = is_continue;
            storage_.expects_unknown = !is_continue;
        }
        storage_.keep_in(storage_.headers, name, value);
    }

    void on_header_impl(error_code&) override { storage_.header_done = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        if (length) {
            storage_.body.reserve(std::min<std::uint64_t>(
                std::min<std::uint64_t>(*length, limits_.body_bytes_max), kReservedBodyBytesMax));
        }
    }

    std::size_t on_body_impl(BeastView bytes, error_code&) override { return keep_body(bytes); }

    void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, BeastView bytes, error_code&) override {
        return keep_body(bytes);
    }

    void on_finish_impl(error_code&) override {}

    std::size_t keep_body(BeastView bytes) {
        const std::size_t room = limits_.body_bytes_max - storage_.body.size();
        storage_.body.append(bytes.data(), std::min(bytes.size(), room));
        storage_.body_was_cut = storage_.body_was_cut || bytes.size() > room;
        return bytes.size();
    }

    HttpRequestStorage& storage_;
    HttpLimits limits_;
};

std::string_view find(const HttpRequestStorage& storage, const std::vector<HttpHeader>& list,
                      std::string_view name) {
    for (const HttpHeader& header : list) {
        if (header.name.bytes != name.size()) {
            continue;
        }
        const std::string_view candidate = storage.view(header.name);
        // Names of one length mostly differ in their first letter, whatever its case.
        constexpr unsigned kCaseBit = 0x20;
        const unsigned difference = static_cast<unsigned char>(candidate.front()) ^
                                    static_cast<unsigned char>(name.front());
        if ((difference & ~kCaseBit) != 0) {
            continue;
        }
        if (beast::iequals({candidate.data(), candidate.size()}, {name.data(), name.size()})) {
            return storage.view(header.value);
        }
    }
    return {};
}

}  // namespace

struct HttpRequestParser::Impl {
    explicit Impl(HttpLimits wanted) : limits(wanted) {}

    HttpLimits limits;
    HttpRequestStorage storage;
    std::optional<TokenKeeper> tokens;
    bool seen_some = false;
    error_code failure;
};

HttpRequestParser::HttpRequestParser(HttpLimits limits) : impl_(std::make_unique<Impl>(limits)) {
    begin();
}

HttpRequestParser::~HttpRequestParser() = default;

void HttpRequestParser::begin() {
    impl_->storage.clear();
    impl_->tokens.emplace(impl_->storage, impl_->limits);
    impl_->seen_some = false;
    impl_->failure = {};
}

std::size_t HttpRequestParser::feed(std::string_view bytes) {
    std::size_t used = 0;
    // Line ends before a request are to be ignored. Source: RFC 9112 section 2.2
    if (!impl_->seen_some) {
        used = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
        bytes.remove_prefix(used);
    }
    while (!bytes.empty() && state() < State::Complete) {
        impl_->seen_some = true;
        error_code error;
        const std::size_t step =
            impl_->tokens->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
        used += step;
        bytes.remove_prefix(step);
        if (error == http::error::need_more || (!error && step == 0)) {
            break;
        }
        if (error) {
            impl_->failure = error;
        }
    }
    return used;
}

HttpRequestParser::State HttpRequestParser::state() const {
    if (impl_->failure || impl_->storage.expects_unknown) {
        return State::Failed;
    }
    if (impl_->tokens->is_done()) {
        return State::Complete;
    }
    return impl_->tokens->is_header_done() ? State::Body : State::Header;
}

unsigned HttpRequestParser::failure_status() const {
    if (impl_->failure == http::error::body_limit) {
        return 413;
    }
    return impl_->failure ? 400 : 417;
}

std::string HttpRequestParser::failure_text() const {
    if (impl_->failure == http::error::body_limit) {
        return fmt::format("the request body is larger than {} bytes",
                           impl_->tokens->body_bytes_max());
    }
    if (impl_->failure == http::error::header_limit) {
        return fmt::format("the request header is larger than {} bytes",
                           impl_->limits.header_bytes_max);
    }
    if (impl_->failure) {
        return fmt::format("not an HTTP request: {}", impl_->failure.message());
    }
    return "only Expect: 100-continue is understood";
}

std::string_view HttpRequestParser::method() const {
    return impl_->storage.view(impl_->storage.method);
}

std::string_view HttpRequestParser::target() const {
    return impl_->storage.view(impl_->storage.target);
}

std::string_view HttpRequestParser::header(std::string_view name) const {
    return find(impl_->storage, impl_->storage.headers, name);
}

bool HttpRequestParser::keep_alive() const {
    return impl_->tokens->is_header_done() && impl_->tokens->keep_alive();
}

bool HttpRequestParser::is_http_1_0() const {
    return impl_->storage.is_http_1_0;
}

bool HttpRequestParser::expects_continue() const {
    return impl_->storage.expects_continue;
}

std::string_view HttpRequestParser::body() const {
    return impl_->storage.body;
}

bool HttpRequestParser::body_was_cut() const {
    return impl_->storage.body_was_cut;
}

std::string_view HttpRequestParser::trailer(std::string_view name) const {
    return find(impl_->storage, impl_->storage.trailers, name);
}

}  // namespace millbeck::base
