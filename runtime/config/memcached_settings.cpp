#include "runtime/config/memcached_settings.hpp"

#include <chrono>
#include <utility>

namespace millbeck::runtime {

using base::Code;
using base::Status;
using namespace std::chrono_literals;
using sinks::MemcachedDistribution;
using sinks::MemcachedOptions;
using sinks::MemcachedServer;

namespace {

constexpr std::uint64_t kPortMax = 65'535;

base::Result<MemcachedServer> server_of(std::string_view text) {
    MemcachedServer server;
    const bool is_bracketed = text.starts_with('[');  // an IPv6 address
    const auto end = is_bracketed ? text.find(']') : text.find(':');
    server.host = is_bracketed && end != std::string_view::npos ? text.substr(1, end - 1)
                                                                : text.substr(0, end);
    if (server.host.empty() || server.host.find_first_of(" /@") != std::string::npos) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" is not host:port", text));
    }
    const auto colon = end == std::string_view::npos ? end : text.find(':', end);
    if (colon != std::string_view::npos) {
        const std::string port(text.substr(colon + 1));
        MB_TRY(const std::uint64_t parsed, parse_count(port));
        MB_TRY_STATUS(check_range(port, parsed, 1, kPortMax, "a port"));
        server.port = static_cast<std::uint16_t>(parsed);
    }
    return server;
}

template <typename At>
Setting<MemcachedOptions> text_setting(std::string key, std::string takes, At at,
                                       std::string help) {
    auto set = [at, takes](MemcachedOptions& into, const Value& value) -> Status {
        MB_TRY(at(into), text_of(value, takes));
        return {};
    };
    return special_setting<MemcachedOptions>(std::move(key), takes, "", std::move(help), set);
}

}  // namespace

base::Result<MemcachedOptions> memcached_from_text(const std::string& text) {
    constexpr std::string_view kScheme = "memcached://";
    std::string_view rest = text;
    rest.remove_prefix(rest.starts_with(kScheme) ? kScheme.size() : 0);
    MemcachedOptions options;
    options.servers.clear();
    for (bool has_more = true; has_more;) {
        const auto comma = rest.find(',');
        MB_TRY(MemcachedServer server, server_of(rest.substr(0, comma)));
        options.servers.push_back(std::move(server));
        has_more = comma != std::string_view::npos;
        rest.remove_prefix(has_more ? comma + 1 : rest.size());
    }
    return options;
}

const std::vector<Setting<MemcachedOptions>>& memcached_settings() {
    using O = MemcachedOptions;
    static const std::vector<Setting<O>> settings{
        special_setting<O>("servers", "host:port, several with commas between", "127.0.0.1:11211",
                           "The servers; each key is on one of them.",
                           [](O& o, const Value& value) -> Status {
                               MB_TRY(const std::string text, text_of(value, "host:port"));
                               MB_TRY(const O read, memcached_from_text(text));
                               o.servers = read.servers;
                               return {};
                           }),
        choice_setting<O, MemcachedDistribution>(
            "distribution", [](O & o) -> auto& { return o.distribution; },
            {{"consistent", MemcachedDistribution::Consistent},
             {"modula", MemcachedDistribution::Modula}},
            "How a key finds its server, as libmemcached does it; readers must do the same."),
        duration_setting<O>(
            "timeout", [](O & o) -> auto& { return o.timeout; }, 1ms, 60s,
            "For one command, and for a connection."),
        number_setting<O>(
            "connections", [](O & o) -> auto& { return o.connections; }, 1, 64, false,
            "Batches of different shards written at once."),
        text_setting(
            "key", "template", [](O & o) -> auto& { return o.key; },
            "The key of an entry, as in orders:{customer}:{order}; it names all key attributes, or "
            "{table} too. None: {table}: and the key attributes joined by a colon."),
        text_setting(
            "value", "template", [](O & o) -> auto& { return o.value; },
            "What an entry holds, as in {name} <{email}>; none: a JSON object."),
        text_setting(
            "expire_at", "attribute", [](O & o) -> auto& { return o.expire_at; },
            "Attribute with the time, in seconds since 1970, when the entry is forgotten."),
        duration_setting<O>(
            "expire_after", [](O & o) -> auto& { return o.expire_after; }, 0s, 24h * 3'650,
            "When an entry without such a time is forgotten after it was written; 0s: never."),
    };
    return settings;
}

}  // namespace millbeck::runtime
