#include "runtime/replay/replay_request.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "capture/row_key.hpp"
#include "runtime/api/key_words.hpp"
#include "runtime/past_position.hpp"
#include "shardlog/item.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::SequenceNumber;
using Json = nlohmann::json;

namespace {

// The first position that is meant by `from`.
Result<SequenceNumber> first_position(const ReplayPlaces& places, const std::string& from) {
    const shardlog::LogHistory& history = places.log.history();
    auto first = position_from(from, history, places.clock.wall());
    if (!first && first.error().code != Code::Trimmed) {
        return first;
    }
    if (!first || *first < history.oldest()) {
        return base::fail(Code::Trimmed,
                          fmt::format("what was written before {} is no longer kept; say --from "
                                      "start to replay what is",
                                      history.oldest().to_string()));
    }
    return first;
}

Result<SequenceNumber> last_position(const ReplayPlaces& places, const std::string& to) {
    const shardlog::LogHistory& history = places.log.history();
    MB_TRY(const auto last, position_through(to, history, places.clock.wall()));
    return std::min(last, history.newest());
}

// The table's keys; of a word that names a partition alone, what a partition is named by.
Result<capture::KeySchema> schema_of(const capture::KeySchema& keys,
                                     const std::vector<std::string>& words) {
    capture::KeySchema schema = keys;
    if (!keys.range || words.size() != 1) {
        return schema;
    }
    if (words.front().starts_with("{")) {
        MB_TRY(const auto key, shardlog::parse_item(words.front()));
        if (key.attributes().size() != 1) {
            return schema;
        }
    }
    schema.range.reset();
    return schema;
}

Status resolve_key(const capture::KeySchema& keys, const std::vector<std::string>& words,
                   ReplayChoice& choice) {
    MB_TRY(const auto schema, schema_of(keys, words));
    MB_TRY(const auto key, key_of_words(words, schema));
    if (schema == keys) {
        choice.match = KeyMatch::Item;
        capture::append_row_key(choice.row_key, keys, key);
        return {};
    }
    const auto& hash = key.attributes().front();
    const std::array values{capture::KeyValue{hash.type, key.value_text(hash)}};
    choice.match = KeyMatch::Prefix;
    capture::append_partition_key(choice.row_key, values);
    return {};
}

// The records of dead letters, each once, in order.
Status resolve_failed(triggers::DeadLetterStore& letters, const std::string& trigger,
                      ReplayChoice& choice) {
    triggers::DeadLetterQuery query{.trigger = trigger, .limit = 1'000};
    while (true) {
        MB_TRY(const auto page, letters.list(query));
        for (const auto& head : page) {
            query.above = head.number;
            MB_TRY(const auto letter, letters.find(head.number));
            const Json event = Json::parse(letter ? letter->event : "{}", nullptr, false);
            if (!event.is_object() || !event.contains("Records")) {
                continue;
            }
            for (const Json& record : event["Records"]) {
                MB_TRY(const auto position, SequenceNumber::parse(record.value(
                                                "/dynamodb/SequenceNumber"_json_pointer, "")));
                choice.only.push_back(position);
            }
            if (choice.only.size() > kFailedRecordsMax) {
                return base::fail(Code::LimitExceeded,
                                  fmt::format("the dead letters of \"{}\" hold more than {} "
                                              "records; drop some first",
                                              trigger, kFailedRecordsMax));
            }
        }
        if (page.size() < query.limit) {
            break;
        }
    }
    if (choice.only.empty()) {
        return base::fail(Code::NotFound,
                          fmt::format("there are no dead letters of a trigger \"{}\"", trigger));
    }
    std::sort(choice.only.begin(), choice.only.end());
    choice.only.erase(std::unique(choice.only.begin(), choice.only.end()), choice.only.end());
    if (choice.only.front() > choice.range.from) {
        choice.range.from = choice.only.front();
    }
    choice.range.to = std::min(choice.range.to, choice.only.back());
    return {};
}

}  // namespace

Result<ReplayChoice> resolve_choice(const ReplayPlaces& places, const ReplayRequest& request) {
    MB_TRY(const auto table, places.store.describe_table(shardlog::TableName{request.table}));
    ReplayChoice choice;
    choice.table = table.id;
    MB_TRY(choice.range.from, first_position(places, request.from));
    MB_TRY(choice.range.to, last_position(places, request.to));
    if (!request.key.empty()) {
        MB_TRY_STATUS(resolve_key(table.spec.keys, request.key, choice));
    }
    if (!request.failed.empty()) {
        MB_TRY_STATUS(resolve_failed(places.dead_letters, request.failed, choice));
        choice.range.from = std::max(choice.range.from, places.log.history().oldest());
    }
    if (!request.filters.empty()) {
        MB_TRY([[maybe_unused]] const auto criteria,
               triggers::filter::FilterCriteria::parse(request.filters));
    }
    return choice;
}

}  // namespace millbeck::runtime
