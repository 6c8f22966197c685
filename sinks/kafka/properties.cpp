#include "sinks/kafka/properties.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace millbeck::sinks::kafka {

using base::Code;

namespace {

struct Refusal {
    std::string_view property;
    std::string_view why;
};

constexpr std::string_view kPromise = "the sink's promise rests on it";
constexpr std::string_view kEngine = "the sink sets it by itself";

constexpr std::array kRefused{
    Refusal{"acks", kPromise},
    Refusal{"request.required.acks", kPromise},
    Refusal{"enable.idempotence", kPromise},
    Refusal{"max.in.flight", kPromise},
    Refusal{"max.in.flight.requests.per.connection", kPromise},
    Refusal{"retries", kPromise},
    Refusal{"message.send.max.retries", kPromise},
    Refusal{"queuing.strategy", kPromise},
    Refusal{"isolation.level", kPromise},
    Refusal{"check.crcs", kPromise},
    Refusal{"delivery.report.only.error", kEngine},
    Refusal{"produce.offset.report", kEngine},
    Refusal{"enable.auto.commit", kEngine},
    Refusal{"auto.commit.enable", kEngine},
    Refusal{"enable.auto.offset.store", kEngine},
    Refusal{"auto.offset.reset", kEngine},
    Refusal{"enable.partition.eof", kEngine},
    Refusal{"group.id", kEngine},
    Refusal{"group.instance.id", kEngine},
    Refusal{"allow.auto.create.topics", kEngine},
    Refusal{"log.queue", kEngine},
    Refusal{"enabled_events", kEngine},
    Refusal{"message.timeout.ms", kEngine},
    Refusal{"delivery.timeout.ms", kEngine},
    Refusal{"queue.buffering.max.messages", kEngine},
    Refusal{"bootstrap.servers", "say it as brokers"},
    Refusal{"metadata.broker.list", "say it as brokers"},
    Refusal{"transactional.id", "say it as transactional_id"},
    Refusal{"transaction.timeout.ms", "say it as transaction_timeout"},
    Refusal{"linger.ms", "say it as linger"},
    Refusal{"queue.buffering.max.ms", "say it as linger"},
    Refusal{"queue.buffering.max.kbytes", "say it as queue_bytes_max"},
    Refusal{"message.max.bytes", "say it as message_bytes_max"},
    Refusal{"batch.size", "say it as request_bytes_max"},
    Refusal{"compression.codec", "say it as compression"},
    Refusal{"compression.type", "say it as compression"},
};

// The rest of them choose a partition by chance, or for some keys.
constexpr std::array<std::string_view, 3> kPartitioners{"consistent", "murmur2", "fnv1a"};

base::Status refuse(std::string_view property, std::string_view why) {
    return base::fail(Code::Invalid,
                      fmt::format("properties: {} cannot be set: {}", property, why));
}

}  // namespace

base::Status check_properties(const std::map<std::string, std::string>& properties) {
    for (const auto& entry : properties) {
        const auto& property = entry.first;
        const auto& value = entry.second;
        const auto* const refused =
            std::find_if(kRefused.begin(), kRefused.end(),
                         [&](const Refusal& each) { return each.property == property; });
        if (refused != kRefused.end()) {
            return refuse(property, refused->why);
        }
        if (property == "partitioner" &&
            std::none_of(kPartitioners.begin(), kPartitioners.end(),
                         [&](std::string_view each) { return value.starts_with(each); })) {
            return refuse(property, "a key's messages must stay in one partition");
        }
    }
    return {};
}

bool is_secret(std::string_view property) {
    constexpr std::array<std::string_view, 6> kMarks{"password", "secret", "username",
                                                     "token",    "pem",    "oauthbearer"};
    return property.starts_with("ssl.key") ||
           std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
               return property.find(mark) != std::string_view::npos;
           });
}

}  // namespace millbeck::sinks::kafka
