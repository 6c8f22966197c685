#include "sinks/memcached/client.hpp"

#include <algorithm>
#include <ctime>
#include <string_view>

#include <fmt/format.h>
#include <libmemcached/memcached.h>

namespace millbeck::sinks::memcached {

using base::Code;

namespace {

struct Free {
    void operator()(memcached_st* handle) const { memcached_free(handle); }
};

}  // namespace

struct Client::Impl {
    std::unique_ptr<memcached_st, Free> handle{memcached_create(nullptr)};

    void set(memcached_behavior_t behavior, std::uint64_t value) const {
        memcached_behavior_set(handle.get(), behavior, value);
    }
};

Client::Client(const MemcachedOptions& options) : impl_(std::make_unique<Impl>()) {
    MB_CHECK(impl_->handle != nullptr, "out of memory");
    impl_->set(MEMCACHED_BEHAVIOR_NO_BLOCK, 1);
    impl_->set(MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
    impl_->set(MEMCACHED_BEHAVIOR_DISTRIBUTION,
               options.distribution == MemcachedDistribution::Consistent
                   ? MEMCACHED_DISTRIBUTION_CONSISTENT
                   : MEMCACHED_DISTRIBUTION_MODULA);
    for (const MemcachedServer& each : options.servers) {
        memcached_server_add(impl_->handle.get(), each.host.c_str(), each.port);
    }
}

Client::~Client() = default;

base::Result<Client::Written> Client::write(const Entry& entry, base::Milliseconds patience) {
    const auto milliseconds =
        static_cast<std::uint64_t>(std::max<std::int64_t>(1, patience.count()));
    impl_->set(MEMCACHED_BEHAVIOR_POLL_TIMEOUT, milliseconds);
    impl_->set(MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, milliseconds);
    if (!entry.value) {
        MB_TRY_STATUS(remove(entry.key));
        return Written::Yes;
    }
    // Above 30 days the server takes the number as a time, not as a distance.
    const memcached_return_t code =
        memcached_set(impl_->handle.get(), entry.key.data(), entry.key.size(), entry.value->data(),
                      entry.value->size(), static_cast<std::time_t>(entry.expires), 0);
    was_asked_ = was_asked_ || code == MEMCACHED_SUCCESS || code == MEMCACHED_E2BIG;
    if (code == MEMCACHED_SUCCESS) {
        return Written::Yes;
    }
    if (code == MEMCACHED_E2BIG) {
        MB_TRY_STATUS(remove(entry.key));
        return Written::TooLarge;
    }
    return tl::unexpected(error(code));
}

base::Status Client::remove(const std::string& key) {
    const memcached_return_t code =
        memcached_delete(impl_->handle.get(), key.data(), key.size(), 0);
    if (code != MEMCACHED_SUCCESS && code != MEMCACHED_NOTFOUND) {
        return tl::unexpected(error(code));
    }
    was_asked_ = true;
    return {};
}

base::Error Client::error(int code) const {
    const auto known = static_cast<memcached_return_t>(code);
    switch (known) {
        case MEMCACHED_TIMEOUT:
            return {Code::DeadlineExceeded, "the Memcached server did not answer in time"};
        case MEMCACHED_HOST_LOOKUP_FAILURE:
        case MEMCACHED_CONNECTION_FAILURE:
        case MEMCACHED_ERRNO:
        case MEMCACHED_SERVER_MARKED_DEAD:
        case MEMCACHED_SERVER_TEMPORARILY_DISABLED:
        case MEMCACHED_NO_SERVERS:
            return {Code::Unavailable,
                    fmt::format("no connection to a Memcached server: {}",
                                memcached_last_error_message(impl_->handle.get()))};
        default:
            return {Code::Io, fmt::format("the Memcached server refused an entry: {}",
                                          memcached_last_error_message(impl_->handle.get()))};
    }
}

}  // namespace millbeck::sinks::memcached
