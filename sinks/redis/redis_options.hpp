// What a Redis (or Valkey) sink is told.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "sinks/row.hpp"

namespace millbeck::sinks {

enum class RedisLayout : std::uint8_t {
    Hash,      // a field for each attribute; lists, maps and sets as JSON
    Json,      // one string, a JSON object
    Template,  // one string, by `value`
};

// A leaderboard beside the items. Off while `name` is empty.
struct RedisSortedSet {
    std::string name{};    // template of the set's key, "scores:{game}"
    std::string score{};   // an attribute; an item where it is no number is in no set
    std::string member{};  // template; empty: the item's own key
};

struct RedisOptions {
    // ---- the server
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;  // 1 .. 65535
    std::string unix_socket{};  // a path; wins over host and port
    unsigned database = 0;      // 0 .. 65535; a cluster has 0 only
    std::string user{};         // of its access list; empty: the default one
    std::string password{};     // empty: none is sent
    bool tls = false;
    std::string ca_file{};    // PEM of who signed the server's certificate; empty: the system's
    std::string cert_file{};  // PEM, with key_file: who we are
    std::string key_file{};
    base::Milliseconds connect_timeout{5'000};  // 1 ms .. 60 s
    unsigned connections = 4;                   // deliveries at once; 1 .. 64

    // ---- what is written
    RedisLayout layout = RedisLayout::Hash;
    std::string key{};        // template; empty: `{table}:` and the key attributes joined by `:`
    std::string value{};      // template of layout Template
    std::string expire_at{};  // attribute with the time (seconds since 1970) when Redis forgets it
    RedisSortedSet sorted_set{};
    // The field of a hash that says which change it is from.
    std::string meta_field = "_millbeck";
    // All keys begin with `{name of the sink}`, so that a cluster keeps them in one slot.
    bool key_tag = false;
    // How long the version of a removed item is remembered; 1 min .. 365 d. To be longer than
    // changes are kept, after which none can come late.
    base::Milliseconds tombstone_for{48LL * 3'600'000};
    RowMapping mapping{};
};

}  // namespace millbeck::sinks
