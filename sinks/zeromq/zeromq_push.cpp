#include "sinks/zeromq/zeromq_push.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace millbeck::sinks {

namespace {

using base::Code;
using base::Instant;
using base::Status;
using Wait = ZeroMqSocket::Wait;

// More than that come and go without ever saying goodbye: the quietest is forgotten.
constexpr std::size_t kPeersMax = 10'000;
constexpr std::size_t kWordsBytesMax = 500;

std::uint64_t parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

// 0: of another life of this sink, or nonsense.
std::uint64_t ZeroMqPush::number_of(std::string_view ticket) const {
    const bool is_ours = ticket.size() > epoch_.size() + 1 && ticket.starts_with(epoch_) &&
                         ticket[epoch_.size()] == '-';
    return is_ours ? parse_number(ticket.substr(epoch_.size() + 1)) : 0;
}

void ZeroMqPush::take_all() {
    while (const auto frames = socket_.receive()) {
        take(*frames);
    }
}

void ZeroMqPush::take(const std::vector<std::string>& frames) {
    if (frames.size() < 3) {
        return;
    }
    if (!peers_.contains(frames[0]) && peers_.size() >= kPeersMax) {
        peers_.erase(std::min_element(peers_.begin(), peers_.end(), [](auto& a, auto& b) {
            return a.second.heard < b.second.heard;
        }));
    }
    Peer& peer = peers_[frames[0]];
    peer.heard = clock_.instant();
    const std::uint64_t number = number_of(frames[2]);
    if (frames[1] == "CREDIT") {
        peer.window = static_cast<unsigned>(
            std::min<std::uint64_t>(parse_number(frames[2]), options_.credit_max));
    } else if (frames[1] == "ACK" && number <= peer.sent) {
        peer.acknowledged = std::max(peer.acknowledged, number);
    } else if (frames[1] == "NACK" && number <= peer.sent && number > 0) {
        peer.acknowledged = std::max(peer.acknowledged, number);
        peer.refused = number;
        peer.words = frames.size() > 3 ? frames[3].substr(0, kWordsBytesMax) : "";
    }
}

ZeroMqPush::Peer* ZeroMqPush::find(const std::string& identity) {
    const auto found = peers_.find(identity);
    return found == peers_.end() ? nullptr : &found->second;
}

Status ZeroMqPush::wait(Wait what, Instant deadline) {
    MB_TRY_STATUS(socket_.wait(what, deadline));
    take_all();
    return {};
}

base::Result<std::string> ZeroMqPush::choose(Instant deadline) {
    const Instant until = std::min(deadline, clock_.instant() + options_.subscriber_wait);
    for (;;) {
        take_all();
        const Instant alive_since = clock_.instant() - options_.subscriber_timeout;
        const auto best =
            std::max_element(peers_.begin(), peers_.end(), [&](const auto& a, const auto& b) {
                const auto credit = [&](const Peer& peer) {
                    return peer.heard >= alive_since ? peer.credit() : 0;
                };
                return credit(a.second) < credit(b.second);
            });
        if (best != peers_.end() && best->second.heard >= alive_since &&
            best->second.credit() > 0) {
            return best->first;
        }
        if (Status waited = wait(Wait::ForMessage, until); !waited) {
            const bool is_late = clock_.instant() >= deadline;
            return waited.error().code == Code::DeadlineExceeded && !is_late
                       ? base::fail(Code::Unavailable, "no subscriber has given credit")
                       : tl::unexpected<base::Error>(waited.error());
        }
    }
}

ZeroMqPush::Result ZeroMqPush::push(const std::vector<Parts>& messages, Instant deadline) {
    auto chosen = choose(deadline);
    if (!chosen) {
        const bool is_late = chosen.error().code == Code::DeadlineExceeded;
        return {.was_asked = is_late, .status = tl::unexpected<base::Error>(chosen.error())};
    }
    const std::uint64_t first = find(*chosen)->sent + 1;
    for (const Parts& parts : messages) {
        if (Status sent = send_one(*chosen, parts, deadline); !sent) {
            return {.was_asked = true, .status = std::move(sent)};
        }
    }
    return {.was_asked = true, .status = wait_for_end(*chosen, first, deadline)};
}

Status ZeroMqPush::send_one(const std::string& identity, const Parts& parts, Instant deadline) {
    for (;;) {
        Peer* const peer = find(identity);
        if (peer == nullptr) {
            return base::fail(Code::Unavailable, "the subscriber has gone");
        }
        if (peer->credit() == 0) {
            MB_TRY_STATUS(wait(Wait::ForMessage, deadline));
            continue;
        }
        const std::string ticket = fmt::format("{}-{}", epoch_, peer->sent + 1);
        MB_TRY(const auto sent, socket_.send({identity, parts.table, parts.key, parts.sequence,
                                              parts.record, ticket}));
        if (sent == ZeroMqSocket::Sent::Yes) {
            ++peer->sent;
            return {};
        }
        if (sent == ZeroMqSocket::Sent::Gone) {
            peers_.erase(identity);
            continue;
        }
        MB_TRY_STATUS(wait(Wait::ForRoomToo, deadline));
    }
}

Status ZeroMqPush::wait_for_end(const std::string& identity, std::uint64_t first,
                                Instant deadline) {
    for (;;) {
        const Peer* const peer = find(identity);
        if (peer == nullptr) {
            return base::fail(Code::Unavailable, "the subscriber has gone");
        }
        if (peer->refused >= first) {
            return base::fail(Code::Io, "the subscriber refused: " + peer->words);
        }
        if (peer->acknowledged >= peer->sent) {
            return {};
        }
        MB_TRY_STATUS(wait(Wait::ForMessage, deadline));
    }
}

}  // namespace millbeck::sinks
