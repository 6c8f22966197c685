#include "sinks/kafka/client.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "sinks/kafka/properties.hpp"

namespace millbeck::sinks::kafka {

using base::Code;

namespace {

constexpr std::size_t kWordsBytes = 512;
constexpr std::size_t kTopicBytesMax = 249;
constexpr std::string_view kTopicLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

// What a person may act on comes with a delivery that failed; this is for finding out why.
void hear_log(const rd_kafka_t* /*handle*/, int /*level*/, const char* facility, const char* text) {
    base::log(base::LogLevel::Debug, "sinks", "librdkafka",
              {{"facility", facility}, {"words", text}});
}

std::string filled(std::string text, const Names& names) {
    for (const auto& [mark, name] :
         {std::pair<std::string_view, std::string_view>{"{table}", names.table},
          {"{sink}", names.sink}}) {
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
            text.replace(at, mark.size(), name);
            at += name.size();
        }
    }
    return text;
}

base::Status check_topic(std::string_view option, const std::string& topic) {
    const bool is_name = !topic.empty() && topic.size() <= kTopicBytesMax && topic != "." &&
                         topic != ".." &&
                         topic.find_first_not_of(kTopicLetters) == std::string::npos;
    return is_name ? base::Status{}
                   : base::fail(Code::Invalid,
                                fmt::format("{}: \"{}\" is no name of a topic: 1 to 249 letters, "
                                            "digits, '.', '_' and '-'",
                                            option, topic));
}

struct Range {
    std::string_view option;
    std::uint64_t value;
    std::uint64_t least;
    std::uint64_t most;
    std::string_view words;
};

base::Status check_ranges(const KafkaOptions& options) {
    constexpr std::uint64_t kKilo = 1024;
    constexpr std::uint64_t kMega = kKilo * kKilo;
    constexpr std::uint64_t kGiga = kMega * kKilo;
    constexpr std::uint64_t kLibrary = 1'000'000'000;  // librdkafka's own limit of both sizes
    const auto ms = [](base::Milliseconds time) {
        return static_cast<std::uint64_t>(time.count());
    };
    const std::array ranges{
        Range{"partitions", options.partitions, 1, 10'000, "1 to 10000"},
        Range{"replication", options.replication, 0, 100, "0 to 100"},
        Range{"linger", ms(options.linger), 0, 60'000, "0s to 1m"},
        Range{"message_bytes_max", options.message_bytes_max, kKilo, kLibrary, "1KB to 1000000000"},
        Range{"request_bytes_max", options.request_bytes_max, kKilo, kLibrary, "1KB to 1000000000"},
        Range{"queue_bytes_max", options.queue_bytes_max, kMega, 2 * kGiga - kKilo, "1MB to 2GB"},
        Range{"concurrency", options.concurrency, 1, 1'000, "1 to 1000"},
        Range{"transaction_timeout", ms(options.transaction_timeout), 1'000, 900'000, "1s to 15m"},
        Range{"reading_bytes_max", options.reading_bytes_max, kMega, 8 * kGiga, "1MB to 8GB"},
    };
    for (const Range& each : ranges) {
        if (each.value < each.least || each.value > each.most) {
            return base::fail(Code::Invalid, fmt::format("{} must be {}", each.option, each.words));
        }
    }
    return {};
}

base::Status set(rd_kafka_conf_t* conf, const std::string& property, const std::string& value) {
    std::array<char, kWordsBytes> words{};
    switch (rd_kafka_conf_set(conf, property.c_str(), value.c_str(), words.data(), words.size())) {
        case RD_KAFKA_CONF_OK:
            return {};
        case RD_KAFKA_CONF_UNKNOWN:
            return base::fail(Code::Invalid,
                              fmt::format("properties: librdkafka knows no {}", property));
        case RD_KAFKA_CONF_INVALID:
            break;
    }
    return base::fail(Code::Invalid, is_secret(property)
                                         ? fmt::format("properties: librdkafka refuses the value "
                                                       "of {}",
                                                       property)
                                         : fmt::format("librdkafka: {}", words.data()));
}

using Settings = std::map<std::string, std::string>;

void add_for_readers(Settings& settings, const Names& names) {
    settings["group.id"] = "millbeck-" + names.sink;  // never joined
    settings["enable.auto.commit"] = "false";
    settings["enable.auto.offset.store"] = "false";
    settings["enable.partition.eof"] = "true";
    settings["isolation.level"] = "read_committed";
    settings["auto.offset.reset"] = "earliest";
    settings["check.crcs"] = "true";
    settings["fetch.wait.max.ms"] = "10";  // the end is soon seen
}

void add_for_producers(Settings& settings, const KafkaOptions& options) {
    constexpr std::size_t kKilo = 1024;
    settings["enable.idempotence"] = "true";
    settings["linger.ms"] = std::to_string(options.linger.count());
    settings["compression.codec"] = options.compression;
    settings["batch.size"] = std::to_string(options.request_bytes_max);
    settings["batch.num.messages"] = "1000000";
    settings["queue.buffering.max.kbytes"] = std::to_string(options.queue_bytes_max / kKilo);
    settings["queue.buffering.max.messages"] = "10000000";
    // How long a topic may be unknown before its messages fail; ours are made before.
    settings["topic.metadata.propagation.max.ms"] = "5000";
    // As Java's clients choose, so that their programs find a key where they look for it.
    settings["partitioner"] = "murmur2_random";
}

}  // namespace

void Destroy::operator()(rd_kafka_t* handle) const {
    if (rd_kafka_type(handle) == RD_KAFKA_PRODUCER) {
        rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                   RD_KAFKA_PURGE_F_NON_BLOCKING);
    }
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

base::Result<Names> check_options(const KafkaOptions& options, const std::string& sink,
                                  const std::string& table) {
    if (options.brokers.empty()) {
        return base::fail(Code::Invalid,
                          "brokers: a Kafka sink needs at least one, like "
                          "localhost:9092");
    }
    Names names{sink, table, {}, {}, {}};
    names.topic = filled(options.topic, names);
    names.transactional_id = filled(options.transactional_id, names);
    names.positions_topic = filled(options.positions_topic, names);
    MB_TRY_STATUS(check_topic("topic", names.topic));
    MB_TRY_STATUS(check_ranges(options));
    MB_TRY_STATUS(check_properties(options.properties));
    constexpr std::array<std::string_view, 5> kCodecs{"none", "gzip", "snappy", "lz4", "zstd"};
    if (std::find(kCodecs.begin(), kCodecs.end(), options.compression) == kCodecs.end()) {
        return base::fail(Code::Invalid, "compression must be none, gzip, snappy, lz4 or zstd");
    }
    if (options.mode == KafkaMode::Transactional) {
        MB_TRY_STATUS(check_topic("positions_topic", names.positions_topic));
        if (names.transactional_id.empty() || names.positions_topic == names.topic) {
            return base::fail(Code::Invalid,
                              "mode transactional needs a transactional_id, and a positions_topic "
                              "that is not the topic");
        }
    }
    return names;
}

base::Result<Owned<rd_kafka_conf_t>> make_conf(const KafkaOptions& options, const Names& names,
                                               Role role) {
    Settings settings{
        {"bootstrap.servers", options.brokers},
        {"client.id", "millbeck-" + names.sink},
        {"message.max.bytes", std::to_string(options.message_bytes_max)},
        {"socket.nagle.disable", "true"},
        {"reconnect.backoff.max.ms", "1000"},
    };
    if (role == Role::Reader) {
        add_for_readers(settings, names);
    } else {
        add_for_producers(settings, options);
    }
    if (role == Role::TransactionalProducer) {
        settings["transactional.id"] = names.transactional_id;
        settings["transaction.timeout.ms"] = std::to_string(options.transaction_timeout.count());
    }
    for (const auto& [property, value] : options.properties) {
        settings[property] = value;
    }
    Owned<rd_kafka_conf_t> conf(rd_kafka_conf_new());
    for (const auto& [property, value] : settings) {
        MB_TRY_STATUS(set(conf.get(), property, value));
    }
    rd_kafka_conf_set_log_cb(conf.get(), &hear_log);
    return conf;
}

base::Result<Handle> make_handle(Owned<rd_kafka_conf_t> conf, rd_kafka_type_t type) {
    std::array<char, kWordsBytes> words{};
    Handle handle(rd_kafka_new(type, conf.get(), words.data(), words.size()));
    if (!handle) {
        return base::fail(Code::Invalid, fmt::format("librdkafka: {}", words.data()));
    }
    static_cast<void>(conf.release());  // the handle's now
    return handle;
}

base::Error words_of(rd_kafka_resp_err_t code, std::string_view what) {
    const std::string_view said = rd_kafka_err2str(code);
    switch (code) {
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            return {Code::Unavailable,
                    fmt::format("{} is not there: create it, or let the sink do so by "
                                "create_topic: true ({})",
                                what, said)};
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return {Code::LimitExceeded,
                    fmt::format("{} takes no message or request of this size: raise its "
                                "max.message.bytes, or lower request_bytes_max ({})",
                                what, said)};
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            return {Code::Unavailable,
                    fmt::format("{}: the brokers do not let this sink in ({})", what, said)};
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
            return {Code::DeadlineExceeded, fmt::format("{}: {}", what, said)};
        default:
            return {Code::Unavailable, fmt::format("{}: {}", what, said)};
    }
}

}  // namespace millbeck::sinks::kafka
