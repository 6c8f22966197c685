#include "runtime/config/redis_settings.hpp"

#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

namespace millbeck::runtime {

using base::Code;
using base::Status;
using namespace std::chrono_literals;
using sinks::RedisLayout;
using sinks::RedisOptions;

namespace {

constexpr std::uint64_t kPortMax = 65'535;
constexpr std::uint64_t kDatabaseMax = 65'535;

template <typename At>
Setting<RedisOptions> text_setting(std::string key, std::string takes, At at, std::string help) {
    const RedisOptions fresh;
    std::string fallback = at(fresh);
    auto set = [at, takes](RedisOptions& into, const Value& value) -> Status {
        MB_TRY(at(into), text_of(value, takes));
        return {};
    };
    return special_setting<RedisOptions>(std::move(key), takes, std::move(fallback),
                                         std::move(help), set);
}

Status set_sorted_set(RedisOptions& into, const Value& value) {
    MB_TRY(const auto texts, texts_of(value));
    for (const auto& [key, text] : texts) {
        if (key == "name") {
            into.sorted_set.name = text;
        } else if (key == "score") {
            into.sorted_set.score = text;
        } else if (key == "member") {
            into.sorted_set.member = text;
        } else {
            return base::fail(Code::Invalid,
                              fmt::format("takes name, score and member, not \"{}\"{}", key,
                                          did_you_mean(key, {"name", "score", "member"})));
        }
    }
    return {};
}

// ---- URLs

std::optional<int> hex_digit(char c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto at = kDigits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
    return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<int>(at));
}

base::Result<std::string> unescape(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
        if (!high || !low) {
            return base::fail(Code::Invalid, "a % in the URL is not followed by two digits");
        }
        plain += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return plain;
}

Status read_user(std::string_view text, RedisOptions& into) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        return base::fail(Code::Invalid, "the URL has a user without a password");
    }
    MB_TRY(into.user, unescape(text.substr(0, colon)));
    MB_TRY(into.password, unescape(text.substr(colon + 1)));
    return {};
}

Status read_place(std::string_view text, RedisOptions& into) {
    const bool is_bracketed = text.starts_with('[');  // an IPv6 address
    const auto end = is_bracketed ? text.find(']') : text.find(':');
    into.host = is_bracketed && end != std::string_view::npos ? text.substr(1, end - 1)
                                                              : text.substr(0, end);
    const auto colon = end == std::string_view::npos ? end : text.find(':', end);
    if (colon != std::string_view::npos) {
        const std::string port(text.substr(colon + 1));
        MB_TRY(const std::uint64_t parsed, parse_count(port));
        MB_TRY_STATUS(check_range(port, parsed, 1, kPortMax, "a port"));
        into.port = static_cast<std::uint16_t>(parsed);
    }
    if (into.host.empty()) {
        return base::fail(Code::Invalid, "the URL names no host");
    }
    return {};
}

}  // namespace

base::Result<RedisOptions> redis_from_text(const std::string& text) {
    RedisOptions options;
    std::string_view rest = text;
    const auto take = [&](std::string_view scheme) {
        const bool is_it = rest.starts_with(scheme);
        rest.remove_prefix(is_it ? scheme.size() : 0);
        return is_it;
    };
    if (take("unix://")) {
        options.unix_socket = rest;
        return options;
    }
    options.tls = take("rediss://");
    if (!options.tls && !take("redis://") && rest.find("://") != std::string_view::npos) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" is not redis://, rediss:// or unix://",
                                                     rest.substr(0, rest.find(':'))));
    }
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        MB_TRY_STATUS(read_user(rest.substr(0, at), options));
        rest.remove_prefix(at + 1);
    }
    if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
        const std::string database(rest.substr(slash + 1));
        if (!database.empty()) {
            MB_TRY(const std::uint64_t parsed, parse_count(database));
            MB_TRY_STATUS(check_range(database, parsed, 0, kDatabaseMax, "a database"));
            options.database = static_cast<unsigned>(parsed);
        }
        rest = rest.substr(0, slash);
    }
    MB_TRY_STATUS(read_place(rest, options));
    return options;
}

// NOLINTNEXTLINE(readability-function-size): a table.
const std::vector<Setting<RedisOptions>>& redis_settings() {
    using O = RedisOptions;
    static const std::vector<Setting<O>> settings{
        special_setting<O>("url", "redis://[user:password@]host[:port][/database]",
                           "redis://127.0.0.1:6379",
                           "The server; rediss:// with TLS, unix:///path for a socket. What is "
                           "written below it wins.",
                           [](O& o, const Value& value) -> Status {
                               MB_TRY(const std::string text, text_of(value, "a URL"));
                               MB_TRY(const O read, redis_from_text(text));
                               o.host = read.host;
                               o.port = read.port;
                               o.unix_socket = read.unix_socket;
                               o.database = read.database;
                               o.user = read.user;
                               o.password = read.password;
                               o.tls = read.tls;
                               return {};
                           }),
        text_setting(
            "host", "name or address", [](auto& o) -> auto& { return o.host; }, "Of the server."),
        number_setting<O>(
            "port", [](O & o) -> auto& { return o.port; }, 1, kPortMax, false, "Of the server."),
        text_setting(
            "unix_socket", "path", [](auto& o) -> auto& { return o.unix_socket; },
            "Of the server; used instead of host and port."),
        number_setting<O>(
            "database", [](O & o) -> auto& { return o.database; }, 0, kDatabaseMax, false,
            "Number of the database; a cluster has 0 only."),
        text_setting(
            "user", "name", [](auto& o) -> auto& { return o.user; },
            "Of the server's access list; none: its default user."),
        text_setting(
            "password", "text", [](auto& o) -> auto& { return o.password; },
            "Of the user; none: the sink does not sign in."),
        flag_setting<O>(
            "tls", [](O & o) -> auto& { return o.tls; }, "Speaks TLS and checks the certificate."),
        text_setting(
            "ca_file", "path", [](auto& o) -> auto& { return o.ca_file; },
            "PEM file of who signed the server's certificate; none: who the system trusts."),
        text_setting(
            "cert_file", "path", [](auto& o) -> auto& { return o.cert_file; },
            "PEM file of the sink's own certificate, where the server asks for one."),
        text_setting(
            "key_file", "path", [](auto& o) -> auto& { return o.key_file; },
            "PEM file of its private key."),
        duration_setting<O>(
            "connect_timeout", [](O & o) -> auto& { return o.connect_timeout; }, 1ms, 60s,
            "How long a connection may take."),
        number_setting<O>(
            "connections", [](O & o) -> auto& { return o.connections; }, 1, 64, false,
            "Batches of different shards written at once."),
        choice_setting<O, RedisLayout>(
            "layout", [](O & o) -> auto& { return o.layout; },
            {{"hash", RedisLayout::Hash},
             {"json", RedisLayout::Json},
             {"template", RedisLayout::Template}},
            "What an item becomes: a hash with a field for each attribute (lists, maps and sets as "
            "JSON), one string of JSON, or one string made by `value`."),
        text_setting(
            "key", "template", [](auto& o) -> auto& { return o.key; },
            "The key of an item, as in orders:{customer}:{order}; it names all key attributes, or "
            "{table} too. None: {table}: and the key attributes joined by a colon."),
        text_setting(
            "value", "template", [](auto& o) -> auto& { return o.value; },
            "For layout template: the string, as in {name} <{email}>."),
        text_setting(
            "expire_at", "attribute", [](auto& o) -> auto& { return o.expire_at; },
            "Attribute with the time, in seconds since 1970, when Redis is to forget the item."),
        special_setting<O>("sorted_set", "map of name, score, member", "",
                           "A leaderboard beside the items: {name: \"scores:{game}\", score: "
                           "points, member: \"{player}\"}. score is an attribute, the others are "
                           "templates; no member: the item's key.",
                           set_sorted_set),
        text_setting(
            "meta_field", "name", [](auto& o) -> auto& { return o.meta_field; },
            "For layout hash: the field that says which change the item is from."),
        flag_setting<O>(
            "key_tag", [](O & o) -> auto& { return o.key_tag; },
            "Begins all keys with {name of the sink}, so that a cluster keeps them in one slot; "
            "needed there."),
        duration_setting<O>(
            "tombstone_for", [](O & o) -> auto& { return o.tombstone_for; }, 1min, 24h * 365,
            "How long the version of a removed item is remembered; longer than changes are kept."),
    };
    return settings;
}

}  // namespace millbeck::runtime
