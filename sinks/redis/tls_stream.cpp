#include <climits>
#include <csignal>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include "sinks/redis/stream.hpp"

namespace millbeck::sinks::redis {

using base::Code;

namespace {

struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
    void operator()(SSL* session) const { SSL_free(session); }
};

// What failed last, in the library's words.
std::string reason() {
    const unsigned long number = ERR_get_error();
    const char* text = number == 0 ? nullptr : ERR_reason_error_string(number);
    ERR_clear_error();
    return text == nullptr ? "it ended unexpectedly" : text;
}

// The library writes without MSG_NOSIGNAL.
void ignore_broken_pipes() {
    struct sigaction action {};
    if (::sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &action, nullptr);
    }
}

class TlsStream final : public Stream {
  public:
    TlsStream(base::UniqueFd socket, std::unique_ptr<SSL, FreeSession> session)
        : socket_(std::move(socket)), session_(std::move(session)) {}

    base::Result<Moved> read(std::span<char> into) override {
        ERR_clear_error();
        std::size_t bytes = 0;
        const int good = SSL_read_ex(session_.get(), into.data(), into.size(), &bytes);
        return moved(good, bytes, "receiving from the server");
    }

    base::Result<Moved> write(std::string_view text) override {
        ERR_clear_error();
        std::size_t bytes = 0;
        const int good = SSL_write_ex(session_.get(), text.data(), text.size(), &bytes);
        return moved(good, bytes, "sending to the server");
    }

    base::Status shake_hands(const Patience& patience) {
        for (;;) {
            ERR_clear_error();
            const int good = SSL_connect(session_.get());
            if (good == 1) {
                return {};
            }
            const long verified = SSL_get_verify_result(session_.get());
            if (verified != X509_V_OK) {
                return base::fail(Code::Io,
                                  fmt::format("the server's certificate is not trusted: {}",
                                              X509_verify_cert_error_string(verified)));
            }
            MB_TRY(const Moved tried, moved(good, 0, "TLS"));
            MB_TRY_STATUS(wait_for(socket_.get(), tried.wait_for, patience));
        }
    }

    [[nodiscard]] int descriptor() const override { return socket_.get(); }

  private:
    base::Result<Moved> moved(int good, std::size_t bytes, std::string_view what) {
        if (good == 1) {
            return Moved{bytes, 0};
        }
        switch (SSL_get_error(session_.get(), good)) {
            case SSL_ERROR_WANT_READ:
                return Moved{0, POLLIN};
            case SSL_ERROR_WANT_WRITE:
                return Moved{0, POLLOUT};
            default:
                return base::fail(Code::Io, fmt::format("{}: {}", what, reason()));
        }
    }

    base::UniqueFd socket_;  // outlives the session
    std::unique_ptr<SSL, FreeSession> session_;
};

base::Status use_files(SSL_CTX* context, const RedisOptions& options) {
    const auto refuse = [](std::string_view what, const std::string& file) {
        return base::fail(Code::Invalid, fmt::format("{} {}: {}", what, file, reason()));
    };
    const bool trusted =
        options.ca_file.empty()
            ? SSL_CTX_set_default_verify_paths(context) == 1
            : SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) == 1;
    if (!trusted) {
        return refuse("ca_file", options.ca_file);
    }
    if (options.cert_file.empty()) {
        return {};
    }
    if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) != 1) {
        return refuse("cert_file", options.cert_file);
    }
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return refuse("key_file", options.key_file);
    }
    return {};
}

}  // namespace

struct TlsContext::Impl {
    std::unique_ptr<SSL_CTX, FreeContext> context;
};

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

base::Result<std::unique_ptr<TlsContext>> TlsContext::create(const RedisOptions& options) {
    ignore_broken_pipes();
    auto impl = std::make_unique<Impl>();
    impl->context.reset(SSL_CTX_new(TLS_client_method()));
    MB_CHECK(impl->context != nullptr, "out of memory");
    SSL_CTX_set_min_proto_version(impl->context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(impl->context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(impl->context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    MB_TRY_STATUS(use_files(impl->context.get(), options));
    return std::unique_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

base::Result<std::unique_ptr<Stream>> TlsContext::wrap(base::UniqueFd socket,
                                                       const std::string& host,
                                                       const Patience& patience) const {
    std::unique_ptr<SSL, FreeSession> session(SSL_new(impl_->context.get()));
    MB_CHECK(session != nullptr, "out of memory");
    in6_addr address{};
    const bool is_address = ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
                            ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
    if (is_address) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str());
    } else {
        SSL_set1_host(session.get(), host.c_str());
        std::string name = host;  // the library's own macro casts in the old style
        SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 name.data());
    }
    SSL_set_fd(session.get(), socket.get());
    auto stream = std::make_unique<TlsStream>(std::move(socket), std::move(session));
    MB_TRY_STATUS(stream->shake_hands(patience));
    return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace millbeck::sinks::redis
