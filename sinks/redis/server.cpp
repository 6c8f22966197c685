#include "sinks/redis/server.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace millbeck::sinks::redis {

using base::Code;

namespace {

constexpr int kRedirectionsMax = 5;
constexpr std::string_view kMoved = "MOVED ";

// "MOVED 3999 127.0.0.1:6381"; without a host it is the one that was asked.
bool read_redirection(std::string_view text, Address& address) {
    const auto place = text.find(' ', kMoved.size());
    const auto colon = text.rfind(':');
    if (!text.starts_with(kMoved) || place == std::string_view::npos ||
        colon == std::string_view::npos || colon < place) {
        return false;
    }
    const std::string_view host = text.substr(place + 1, colon - place - 1);
    std::uint16_t port = 0;
    if (std::from_chars(text.data() + colon + 1, text.data() + text.size(), port).ec !=
        std::errc{}) {
        return false;
    }
    if (!host.empty()) {
        address.host = host;
    }
    address.port = port;
    address.unix_socket.clear();
    return true;
}

}  // namespace

Lease::~Lease() {
    if (!is_broken_) {
        server_.give_back(std::move(connection_));
    }
}

base::Result<std::vector<Reply>> Lease::exchange(const CommandBuffer& commands,
                                                 base::Instant deadline) {
    auto replies = connection_->exchange(commands, {server_.clock_, server_.bell_, deadline});
    is_broken_ = is_broken_ || !replies;
    return replies;
}

Server::Server(const RedisOptions& options, std::unique_ptr<TlsContext> tls,
               const base::Clock& clock)
    : options_(options),
      tls_(std::move(tls)),
      clock_(clock),
      home_{options.host, options.port, options.unix_socket},
      address_(home_) {}

base::Status Server::enter() {
    const base::MutexLock lock(mutex_);
    if (closed_) {
        return base::fail(Code::Cancelled, "the sink is being stopped");
    }
    ++users_;
    return {};
}

void Server::leave() {
    const base::MutexLock lock(mutex_);
    --users_;
    idle_changed_.notify_all();
}

void Server::give_back(std::unique_ptr<Connection> connection) {
    const base::MutexLock lock(mutex_);
    if (!closed_ && idle_.size() < options_.connections) {
        idle_.push_back(std::move(connection));
    }
}

std::unique_ptr<Connection> Server::take_idle() {
    const base::MutexLock lock(mutex_);
    std::unique_ptr<Connection> taken;
    if (!idle_.empty()) {
        taken = std::move(idle_.back());
        idle_.pop_back();
    }
    return taken;
}

base::Result<std::unique_ptr<Connection>> Server::connect(const Patience& patience) {
    Address address;
    {
        const base::MutexLock lock(mutex_);
        address = address_;
    }
    auto opened = Connection::open(address, options_, tls_.get(), patience);
    if (!opened && opened.error().code == Code::Unavailable) {
        // A node that we were sent to may be gone: the one we know says where to go now.
        const base::MutexLock lock(mutex_);
        address_ = home_;
    }
    return opened;
}

bool Server::follow(const std::vector<Reply>& replies) {
    if (replies.empty() || !replies.front().is_error()) {
        return false;
    }
    const base::MutexLock lock(mutex_);
    if (!read_redirection(replies.front().text, address_)) {
        return false;
    }
    idle_.clear();
    return true;
}

base::Result<std::vector<Reply>> Server::with_connection(const Talk& talk, base::Instant deadline) {
    MB_TRY_STATUS(enter());
    const std::unique_ptr<Server, void (*)(Server*)> leaving(
        this, [](Server* server) { server->leave(); });
    for (int redirections = 0;;) {
        std::unique_ptr<Connection> connection = take_idle();
        const bool is_new = connection == nullptr;
        if (is_new) {
            MB_TRY(connection, connect({clock_, bell_, deadline}));
        }
        Lease lease(*this, std::move(connection), is_new);
        auto replies = talk(lease);
        if (replies && follow(*replies)) {
            lease.discard();
            if (++redirections > kRedirectionsMax) {
                return base::fail(Code::Unavailable, "the servers send us in a circle");
            }
        } else if (replies || is_new || replies.error().code != Code::Io) {
            return replies;
        }
    }
}

base::Result<std::vector<Reply>> Server::ask(const CommandBuffer& commands,
                                             base::Instant deadline) {
    return with_connection([&](Lease& lease) { return lease.exchange(commands, deadline); },
                           deadline);
}

base::Result<std::vector<Reply>> Server::ask_strictly(const CommandBuffer& commands,
                                                      base::Instant deadline) {
    MB_TRY(auto replies, ask(commands, deadline));
    if (const Reply* error = first_error(replies); error != nullptr) {
        return tl::unexpected(error_of(*error));
    }
    return replies;
}

bool Server::wait_until_idle(base::Instant deadline) {
    const base::MutexLock lock(mutex_);
    while (users_ > 0) {
        const auto left = deadline - clock_.instant();
        if (left <= left.zero() ||
            (idle_changed_.wait_for(mutex_, left) == std::cv_status::timeout && users_ > 0)) {
            return users_ == 0;
        }
    }
    return true;
}

void Server::stop(base::Instant deadline) {
    {
        const base::MutexLock lock(mutex_);
        closed_ = true;
        idle_.clear();
    }
    if (!wait_until_idle(deadline)) {
        bell_.ring();
        const base::MutexLock lock(mutex_);
        while (users_ > 0) {
            idle_changed_.wait(mutex_);
        }
    }
}

const Reply* first_error(const std::vector<Reply>& replies) {
    const auto found = std::find_if(replies.begin(), replies.end(),
                                    [](const Reply& reply) { return reply.is_error(); });
    return found == replies.end() ? nullptr : &*found;
}

}  // namespace millbeck::sinks::redis
