// What a Memcached sink is told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "sinks/row.hpp"

namespace millbeck::sinks {

struct MemcachedServer {
    std::string host = "127.0.0.1";
    std::uint16_t port = 11211;  // 1 .. 65535
};

// How keys find their server, where there are several; readers must do the same.
enum class MemcachedDistribution : std::uint8_t {
    Modula,      // hash modulo the number of servers
    Consistent,  // a ring, as libmemcached builds it: few keys move when a server comes or goes
};

struct MemcachedOptions {
    std::vector<MemcachedServer> servers{{}};  // 1 .. 100
    MemcachedDistribution distribution = MemcachedDistribution::Consistent;
    // For one command, and for a connection; 1 ms .. 60 s. stop() may last so much longer.
    base::Milliseconds timeout{1'000};
    unsigned connections = 4;  // deliveries at once; 1 .. 64

    std::string key{};        // template; empty: `{table}:` and the key attributes joined by `:`
    std::string value{};      // template; empty: a JSON object
    std::string expire_at{};  // attribute with the time (seconds since 1970) when it is forgotten
    // When an entry without such a time is forgotten after it was written; 0: never. 0 .. 10 years.
    base::Milliseconds expire_after{0};
    RowMapping mapping{};
};

}  // namespace millbeck::sinks
