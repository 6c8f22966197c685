#include "sinks/kafka/held_positions.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "sinks/kafka/topic_reader.hpp"
#include "sinks/row.hpp"

namespace millbeck::sinks::kafka {

using base::Code;

namespace {

constexpr std::string_view kShardPrefix = "shard:";

struct Stored {
    std::string generation;
    std::string position;
};

base::Result<Stored> parse_stored(std::string_view value) {
    simdjson::dom::parser parser;
    try {
        const auto document = parser.parse(value.data(), value.size());
        return Stored{std::string(document["generation"].get_string().value()),
                      std::string(document["position"].get_string().value())};
    } catch (const simdjson::simdjson_error&) {
        return base::fail(Code::Corrupt,
                          "the topic of positions holds what this sink did not write; give the "
                          "sink a positions_topic of its own");
    }
}

base::Result<std::map<std::string, std::string>> read_last_values(const Setup& setup, Until until,
                                                                  const Patience& patience) {
    std::map<std::string, std::string> last;
    MB_TRY(auto reader, TopicReader::open(setup.options, setup.names, setup.names.positions_topic));
    const auto partitions = reader.partitions(patience);
    if (!partitions && partitions.error().code == Code::NotFound) {
        return last;
    }
    MB_TRY_STATUS(partitions.map([](int /*count*/) {}));
    for (int partition = 0; partition < *partitions; ++partition) {
        MB_TRY_STATUS(reader.read(partition, until, patience,
                                  [&](const ReadMessage& message) -> base::Status {
                                      if (message.value) {
                                          last[std::string(message.key)] = *message.value;
                                      } else {
                                          last.erase(std::string(message.key));
                                      }
                                      return {};
                                  }));
    }
    return last;
}

}  // namespace

std::string shard_key(std::string_view shard_id) {
    return fmt::format("{}{}", kShardPrefix, shard_id);
}

std::string shard_value(std::string_view generation, std::string_view position) {
    std::string text = R"({"generation":)";
    append_json_text(text, generation);
    text += R"(,"position":)";
    append_json_text(text, position);
    text += '}';
    return text;
}

base::Result<HeldPositions> read_positions(const Setup& setup, Until until,
                                           const Patience& patience) {
    MB_TRY(const auto last, read_last_values(setup, until, patience));
    HeldPositions held;
    for (const auto& [key, value] : last) {
        if (key == kOwnerKey) {
            held.owner = value;
        } else if (key == kGenerationKey) {
            held.generation = value;
        }
    }
    for (const auto& [key, value] : last) {
        if (key.starts_with(kShardPrefix)) {
            MB_TRY(auto stored, parse_stored(value));
            if (held.generation == stored.generation) {
                held.positions[key.substr(kShardPrefix.size())] = std::move(stored.position);
            }
        }
    }
    return held;
}

TopicWish positions_wish(const Setup& setup) {
    return {.name = setup.names.positions_topic,
            .partitions = 1,
            .replication = setup.options.replication,
            .settings = {{"cleanup.policy", "compact"},
                         {"segment.bytes", "16777216"},
                         {"min.cleanable.dirty.ratio", "0.1"}}};
}

}  // namespace millbeck::sinks::kafka
