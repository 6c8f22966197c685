#include "sinks/redis/connection.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

namespace millbeck::sinks::redis {

using base::Code;

base::Result<std::unique_ptr<Connection>> Connection::open(const Address& address,
                                                           const RedisOptions& options,
                                                           const TlsContext* tls,
                                                           const Patience& patience) {
    const base::Instant limit = patience.clock.instant() + options.connect_timeout;
    const bool is_earlier = limit < patience.deadline;
    const Patience own{patience.clock, patience.bell, is_earlier ? limit : patience.deadline};
    const auto open_stream = [&]() -> base::Result<std::unique_ptr<Stream>> {
        MB_TRY(base::UniqueFd socket, connect_to(address, own));
        if (tls != nullptr) {
            return tls->wrap(std::move(socket), address.host, own);
        }
        return plain_stream(std::move(socket));
    };
    auto stream = open_stream();
    if (!stream && stream.error().code == Code::DeadlineExceeded && is_earlier) {
        return base::fail(Code::Unavailable,
                          fmt::format("no Redis server can be reached at {} within {} ms",
                                      address.to_string(), options.connect_timeout.count()));
    }
    if (!stream) {
        return tl::unexpected(std::move(stream).error());
    }
    std::unique_ptr<Connection> made(new Connection(std::move(*stream)));
    MB_TRY_STATUS(made->sign_in(options, patience));
    return made;
}

base::Status Connection::sign_in(const RedisOptions& options, const Patience& patience) {
    CommandBuffer commands;
    if (!options.user.empty()) {
        commands.add({"AUTH", options.user, options.password});
    } else if (!options.password.empty()) {
        commands.add({"AUTH", options.password});
    }
    if (options.database > 0) {
        commands.add({"SELECT", std::to_string(options.database)});
    }
    // Who has not signed in and sends much is thrown out, perhaps before the reason is read.
    commands.add({"PING"});
    MB_TRY(const auto replies, exchange(commands, patience));
    const auto bad = std::find_if(replies.begin(), replies.end(), [](const Reply& reply) {
        return reply.is_error() && !reply.text.starts_with("NOPERM");
    });
    if (bad != replies.end()) {
        return tl::unexpected(error_of(*bad));
    }
    return {};
}

base::Result<std::vector<Reply>> Connection::exchange(const CommandBuffer& commands,
                                                      const Patience& patience) {
    std::vector<Reply> replies;
    replies.reserve(commands.count());
    std::string_view left = commands.text();
    while (replies.size() < commands.count()) {
        // Both ways at once: a server whose answers nobody takes stops reading.
        short events = 0;
        if (!left.empty()) {
            MB_TRY(const short wanted, send(left));
            events = static_cast<short>(events | wanted);
        }
        MB_TRY(const short wanted, receive(replies, commands.count()));
        if (replies.size() < commands.count()) {
            events = static_cast<short>(events | wanted);
            MB_TRY_STATUS(wait_for(stream_->descriptor(), events, patience));
        }
    }
    return replies;
}

base::Result<short> Connection::send(std::string_view& left) {
    while (!left.empty()) {
        MB_TRY(const Moved moved, stream_->write(left));
        if (moved.bytes == 0) {
            return moved.wait_for;
        }
        left.remove_prefix(moved.bytes);
    }
    return short{0};
}

base::Result<short> Connection::receive(std::vector<Reply>& replies, std::size_t wanted) {
    while (replies.size() < wanted) {
        MB_TRY(const Moved moved, stream_->read(buffer_));
        if (moved.bytes == 0) {
            return moved.wait_for;
        }
        MB_TRY_STATUS(reader_.feed({buffer_.data(), moved.bytes}));
        for (;;) {
            MB_TRY(auto reply, reader_.next());
            if (!reply) {
                break;
            }
            replies.push_back(std::move(*reply));
        }
    }
    return short{0};
}

base::Error error_of(const Reply& reply) {
    const auto is = [&](std::string_view word) { return reply.text.starts_with(word); };
    if (is("CROSSSLOT")) {
        return {Code::Invalid,
                "the server is a cluster, and the keys of this sink lie in several of its slots: "
                "set key_tag: true"};
    }
    const bool is_absent = is("LOADING") || is("MASTERDOWN") || is("CLUSTERDOWN") ||
                           is("TRYAGAIN") || is("ASK") || is("MOVED");
    return {is_absent ? Code::Unavailable : Code::Io,
            fmt::format("the server answered: {}", reply.text)};
}

}  // namespace millbeck::sinks::redis
