#include "runtime/config/settings.hpp"

#include <cctype>
#include <chrono>
#include <iterator>
#include <limits>

namespace millbeck::runtime {

using base::Code;
using base::Milliseconds;
using base::Status;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kKiB = 1u << 10;
constexpr std::uint64_t kMiB = 1u << 20;
constexpr std::uint64_t kGiB = 1u << 30;
constexpr std::uint64_t kTiB = kKiB * kGiB;

Status set_listen(NodeSettings& node, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "an address and a port"));
    const auto wrong = [&] {
        return base::fail(
            Code::Invalid,
            fmt::format("\"{}\" is not an address and a port, like 127.0.0.1:8000 or [::1]:8000",
                        text));
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) {
        return wrong();
    }
    std::string address = text.substr(0, colon);
    const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
    if (bracketed) {
        address = address.substr(1, address.size() - 2);
    }
    const bool is_v6 = address.find(':') != std::string::npos;
    const auto port = parse_count(text.substr(colon + 1));
    if (address.empty() || bracketed != is_v6 || !port ||
        *port > std::numeric_limits<std::uint16_t>::max()) {
        return wrong();
    }
    node.http.address = address == "localhost" ? "127.0.0.1" : address;
    node.http.port = static_cast<std::uint16_t>(*port);
    return {};
}

Status set_data(NodeSettings& node, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "a folder"));
    if (text.empty()) {
        return base::fail(Code::Invalid, "must name a folder");
    }
    node.data = text;
    return {};
}

bool only_has(std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
}

Status set_region(NodeSettings& node, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "a word"));
    if (text.empty() || text.size() > 64 ||
        !only_has(text, "abcdefghijklmnopqrstuvwxyz0123456789-")) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" is not a region, like us-east-1", text));
    }
    node.identity.region = text;
    return {};
}

Status set_account(NodeSettings& node, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "12 digits"));
    if (text.size() != 12 || !only_has(text, "0123456789")) {
        return base::fail(
            Code::Invalid,
            fmt::format("\"{}\" is not an account id: 12 digits, in quotes in a file", text));
    }
    node.identity.account_id = text;
    return {};
}

Status set_debug(NodeSettings& node, const Value& value) {
    MB_TRY(node.debug, text_of(value, "a function's name"));
    return {};
}

// Where the node is, what it keeps, how it delivers.
std::vector<Setting<NodeSettings>> node_and_log_settings() {
    using N = NodeSettings;
    return {
        special_setting<N>("listen", "address:port", "127.0.0.1:8000",
                           "Where to serve; port 0 takes a free one.", set_listen),
        special_setting<N>("data", "folder", ".millbeck",
                           "Where everything is kept; made if missing. In a file, relative to it.",
                           set_data),
        special_setting<N>("region", "word", "us-east-1", "The region in ARNs and events.",
                           set_region),
        special_setting<N>("account_id", "12 digits", "\"000000000000\"",
                           "The account in ARNs and events.", set_account),
        duration_setting<N>(
            "retention", [](N & n) -> auto& { return n.log.retention; }, 1s, 24h * 365,
            "How long a change can be read from a stream."),
        number_setting<N>(
            "retention_bytes", [](N & n) -> auto& { return n.log.retention_bytes; }, 0, 64 * kTiB,
            true, "Oldest changes go when the log is larger than this; 0 is no such limit."),
        duration_setting<N>(
            "archive_retention", [](N & n) -> auto& { return n.log.archive_retention; }, 0s,
            24h * 3650,
            "Changes past retention are kept compressed, for history, for so long; 0s: not at "
            "all."),
        number_setting<N>(
            "archive_bytes", [](N & n) -> auto& { return n.log.archive_bytes; }, 0, 64 * kTiB, true,
            "Oldest changes of the archive go when it is larger than this; 0 is no such limit."),
        number_setting<N>(
            "segment_bytes", [](N & n) -> auto& { return n.log.segment_bytes; }, 2 * kMiB, kGiB,
            true, "Size of one file of the log."),
        duration_setting<N>(
            "shard_roll_after", [](N & n) -> auto& { return n.log.shard_roll_after; }, 1s, 24h,
            "A shard older than this closes and its child opens."),
        duration_setting<N>(
            "unhealthy_after", [](N & n) -> auto& { return n.unhealthy_after; }, 1s, 24h * 7,
            "/health/ready fails when a change is undelivered for longer."),
        number_setting<N>(
            "delivery_threads", [](N & n) -> auto& { return n.delivery_threads; }, 1, 1000, false,
            "Deliveries that may run at once, over all triggers."),
        number_setting<N>(
            "dead_letter_bytes_max", [](N & n) -> auto& { return n.dead_letters.bytes_max; }, 0,
            64 * kTiB, true,
            "Events of given-up batches to keep; when full, the triggers concerned wait."),
        number_setting<N>(
            "parked_bytes_max", [](N & n) -> auto& { return n.parking.bytes_max; }, 0, 64 * kTiB,
            true, "Changes of keys set aside (on_poison: park); when full, their shards wait."),
        duration_setting<N>(
            "stop_deadline", [](N & n) -> auto& { return n.stop_deadline; }, 0s, 15min,
            "How long a stop waits for deliveries in flight."),
        duration_setting<N>(
            "function_idle_timeout", [](N & n) -> auto& { return n.function_idle_timeout; }, 1s,
            24h, "Processes of functions that nobody has asked for this long are ended."),
        special_setting<N>(
            "debug", "function", "",
            "A function to debug: it has one process and no time-outs, and how to attach "
            "gdb, debugpy or the inspector of Node.js is logged.",
            set_debug),
        flag_setting<N>(
            "allow_inject", [](N & n) -> auto& { return n.allow_inject; },
            "Lets \"millbeck inject\" make faults happen, for tests of what you build; never "
            "where data matters."),
        choice_setting<N, base::LogLevel>(
            "log_level", [](N & n) -> auto& { return n.log_level; },
            {{"debug", base::LogLevel::Debug},
             {"info", base::LogLevel::Info},
             {"warn", base::LogLevel::Warn},
             {"error", base::LogLevel::Error}},
            "What is logged on stderr: this and worse."),
    };
}

std::vector<Setting<NodeSettings>> http_and_store_settings() {
    using N = NodeSettings;
    return {
        number_setting<N>(
            "http_threads", [](N & n) -> auto& { return n.http.threads; }, 0, 64, false,
            "Threads that serve requests; 0 is one per core."),
        number_setting<N>(
            "http_connections_max", [](N & n) -> auto& { return n.http.connections_max; }, 1,
            1'000'000, false, "More are closed as they come."),
        number_setting<N>(
            "http_body_bytes_max", [](N & n) -> auto& { return n.http.body_bytes_max; }, kMiB,
            256 * kMiB, true, "A larger request is refused with 413."),
        number_setting<N>(
            "http_header_bytes_max", [](N & n) -> auto& { return n.http.header_bytes_max; },
            4 * kKiB, kMiB, true, "A larger request header is refused with 400."),
        duration_setting<N>(
            "http_idle_timeout", [](N & n) -> auto& { return n.http.idle_timeout; }, 1s, 1h,
            "A connection silent for longer is closed."),
        number_setting<N>(
            "queue_writes_max", [](N & n) -> auto& { return n.store.queue_writes_max; }, 1,
            1'000'000, false, "Writes that may wait to be committed; more are refused."),
        number_setting<N>(
            "queue_bytes_max", [](N & n) -> auto& { return n.store.queue_bytes_max; }, kMiB,
            16 * kGiB, true, "Bytes of items that may wait to be committed."),
        number_setting<N>(
            "group_bytes_max", [](N & n) -> auto& { return n.store.group_bytes_max; }, 64 * kKiB,
            16 * kMiB, true, "Bytes of items synced to disk together."),
        number_setting<N>(
            "block_cache_bytes", [](N & n) -> auto& { return n.store.block_cache_bytes; }, kMiB,
            1024 * kGiB, true, "Memory for items that are read often."),
        number_setting<N>(
            "item_cache_bytes", [](N & n) -> auto& { return n.store.item_cache_bytes; }, 0,
            1024 * kGiB, true, "Memory for single items lately read or written; 0: none."),
        number_setting<N>(
            "memtable_bytes", [](N & n) -> auto& { return n.store.memtable_bytes; }, kMiB, 4 * kGiB,
            true, "Memory for items not yet written to table files."),
    };
}

}  // namespace

const std::vector<Setting<NodeSettings>>& node_settings() {
    static const std::vector<Setting<NodeSettings>> settings = [] {
        auto all = node_and_log_settings();
        auto more = http_and_store_settings();
        all.insert(all.end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
        return all;
    }();
    return settings;
}

std::string variable_of(std::string_view key) {
    std::string name = "MILLBECK_";
    for (const char c : key) {
        name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return name;
}

std::string flag_of_key(std::string_view key) {
    std::string name = "--";
    for (const char c : key) {
        name += c == '_' ? '-' : c;
    }
    return name;
}

}  // namespace millbeck::runtime
