#include "sinks/kafka/topic_copy.hpp"

#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>
#include <xxhash.h>

#include "sinks/row.hpp"

namespace millbeck::sinks::kafka {

using base::Code;

namespace {

namespace ondemand = simdjson::ondemand;

// Of a key; 128 bits, so that no two of any topic's keys are taken for one.
struct KeyMark {
    std::uint64_t low;
    std::uint64_t high;
    friend bool operator==(const KeyMark&, const KeyMark&) = default;
};
struct HashMark {
    std::size_t operator()(const KeyMark& mark) const { return mark.low; }
};
using LastOffsets = std::unordered_map<KeyMark, std::int64_t, HashMark>;

KeyMark mark_of(std::string_view key) {
    const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
    return {hash.low64, hash.high64};
}

// The keys whose mark leaves `rest` when divided by `count`.
struct Slice {
    std::uint64_t count = 1;
    std::uint64_t rest = 0;
    [[nodiscard]] bool has(const KeyMark& mark) const { return mark.high % count == rest; }
};

constexpr std::string_view kFull = "too many keys for one slice";

class PartitionCopy {
  public:
    PartitionCopy(TopicReader& reader, int partition, const KafkaOptions& options,
                  const Patience& patience, const std::function<base::Status(CopiedRow)>& visit)
        : reader_(reader),
          partition_(partition),
          options_(options),
          patience_(patience),
          visit_(visit) {}

    base::Status scan(const Slice& slice) {
        LastOffsets last;
        const auto noted = note(slice, last);
        if (!noted && noted.error().message == kFull) {
            last = {};
            MB_TRY_STATUS(scan({slice.count * 2, slice.rest}));
            return scan({slice.count * 2, slice.rest + slice.count});
        }
        MB_TRY_STATUS(noted);
        return last.empty() ? base::Status{} : hand_over(slice, last);
    }

  private:
    base::Status note(const Slice& slice, LastOffsets& last) {
        constexpr std::size_t kEntryBytes = 64;  // with its share of the table
        const std::size_t most = options_.reading_bytes_max / kEntryBytes;
        return reader_.read(
            partition_, Until::Written, patience_, [&](const ReadMessage& message) -> base::Status {
                const KeyMark mark = mark_of(message.key);
                if (slice.has(mark)) {
                    last[mark] = message.offset;
                }
                return last.size() <= most ? base::Status{}
                                           : base::fail(Code::LimitExceeded, std::string(kFull));
            });
    }

    // Keys that come meanwhile are not looked at: their turn is the next scan.
    base::Status hand_over(const Slice& slice, const LastOffsets& last) {
        return reader_.read(
            partition_, Until::Written, patience_, [&](const ReadMessage& message) -> base::Status {
                const KeyMark mark = mark_of(message.key);
                if (!slice.has(mark) || !message.value) {
                    return {};
                }
                const auto found = last.find(mark);
                if (found == last.end() || found->second != message.offset) {
                    return {};
                }
                MB_TRY(auto content, content_of(*message.value, options_.format));
                return content ? visit_({std::string(message.key), std::move(*content)})
                               : base::Status{};
            });
    }

    TopicReader& reader_;
    int partition_;
    const KafkaOptions& options_;
    const Patience& patience_;
    const std::function<base::Status(CopiedRow)>& visit_;
};

std::optional<std::string> content_of_record(ondemand::document& document) {
    if (document["eventName"].get_string().value() == "REMOVE") {
        return std::nullopt;
    }
    return std::string(document["dynamodb"]["NewImage"].get_object().value().raw_json().value());
}

std::optional<std::string> content_of_envelope(ondemand::document& document) {
    if (document["op"].get_string().value() == "d") {
        return std::nullopt;
    }
    return std::string(document["after"].get_object().value().raw_json().value());
}

}  // namespace

base::Result<std::optional<std::string>> content_of(std::string_view value, KafkaFormat format) {
    if (format == KafkaFormat::Plain) {
        return std::string(value);
    }
    thread_local ondemand::parser parser;
    try {
        const simdjson::padded_string padded(value);
        ondemand::document document = parser.iterate(padded);
        return format == KafkaFormat::Record ? content_of_record(document)
                                             : content_of_envelope(document);
    } catch (const simdjson::simdjson_error& error) {
        return base::fail(error.error() == simdjson::NO_SUCH_FIELD ? Code::Invalid : Code::Corrupt,
                          fmt::format("the topic holds a value that is not of this sink's format, "
                                      "or shows no new image: {}",
                                      error.what()));
    }
}

base::Result<std::optional<CopiedRow>> TopicCopy::expected(const Message& row) const {
    CopiedRow copied{std::string(row.key), std::string(row.new_image)};
    if (setup_.options.format != KafkaFormat::Record) {
        MB_TRY(const Row made, make_row(row.new_image, setup_.options.mapping));
        copied.content = json_of(made);
    }
    return copied;
}

base::Status TopicCopy::scan(const std::function<base::Status(CopiedRow)>& visit,
                             base::Instant deadline) {
    const Gate::Pass pass(gate_);
    if (!pass) {
        return base::fail(Code::Cancelled, "the sink is stopped");
    }
    const Patience patience(setup_.clock, deadline, gate_.is_cut());
    MB_TRY(auto reader, TopicReader::open(setup_.options, setup_.names, setup_.names.topic));
    const auto partitions = reader.partitions(patience);
    if (!partitions && partitions.error().code == Code::NotFound) {
        return {};  // nothing was ever sent
    }
    MB_TRY_STATUS(partitions.map([](int /*count*/) {}));
    for (int partition = 0; partition < *partitions; ++partition) {
        MB_TRY_STATUS(
            PartitionCopy(reader, partition, setup_.options, patience, visit).scan(Slice{}));
    }
    return {};
}

base::Status TopicCopy::remove(const std::vector<std::string>& keys, base::Instant deadline) {
    const Gate::Pass pass(gate_);
    if (!pass) {
        return base::fail(Code::Cancelled, "the sink is stopped");
    }
    MB_TRY(const auto removals,
           make_removals(keys, setup_.options, setup_.origin(), setup_.clock.wall()));
    return removals.messages.empty()
               ? base::Status{}
               : send_(removals, Patience(setup_.clock, deadline, gate_.is_cut()));
}

}  // namespace millbeck::sinks::kafka
