#include "sinks/dynamodb/dynamodb_sink.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "sinks/dynamodb/dynamodb_copy.hpp"
#include "sinks/dynamodb/dynamodb_endpoint.hpp"
#include "sinks/dynamodb/dynamodb_item.hpp"
#include "sinks/outcome.hpp"
#include "sinks/range_check.hpp"

namespace millbeck::sinks {

namespace {

constexpr std::string_view kTarget = "DynamoDB";  // in sentences

using base::Code;
using base::Instant;
using base::Status;
using Kind = Outcome::Kind;
using Answer = DynamoDbEndpoint::Answer;

// The messages of one key; the last is what is written.
struct Group {
    std::vector<const Message*> messages;
};

class DynamoDbSink final : public Sink {
  public:
    DynamoDbSink(DynamoDbOptions options, const SinkContext& context)
        : options_(std::move(options)),
          table_(options_.table.empty() ? context.table : options_.table),
          clock_(context.clock),
          items_(options_) {}

    Status open() {
        MB_TRY(endpoint_, DynamoDbEndpoint::open(options_, clock_));
        copy_ = std::make_unique<DynamoDbCopy>(*endpoint_, items_, table_);
        return {};
    }

    Outcome deliver(const Batch& batch, Instant deadline) override {
        auto groups = group(batch);
        if (!groups) {
            return outcome_of(Kind::Failed, groups.error());
        }
        if (groups->empty()) {
            return {};
        }
        auto calls = calls_of(batch, *groups);
        if (!calls) {
            return outcome_of(Kind::Failed, calls.error());
        }
        return outcome_of_answers(batch, *groups, endpoint_->call(std::move(*calls), deadline));
    }

    [[nodiscard]] unsigned concurrency() const override { return options_.concurrency; }
    void stop(Instant deadline) override { endpoint_->stop(deadline); }
    CopyReader* copy_reader() override { return copy_.get(); }

  private:
    // In the order of their first messages.
    [[nodiscard]] base::Result<std::vector<Group>> group(const Batch& batch) const {
        std::vector<Group> groups;
        std::unordered_map<std::string_view, std::size_t> places;
        for (const Message& message : batch.messages) {
            MB_TRY(const bool is_echo, items_.is_echo(message));
            if (is_echo) {
                continue;
            }
            const auto [place, is_new] = places.try_emplace(message.key, groups.size());
            if (is_new) {
                groups.emplace_back();
            }
            groups[place->second].messages.push_back(&message);
        }
        return groups;
    }

    [[nodiscard]] base::Result<std::vector<DynamoDbEndpoint::Call>> calls_of(
        const Batch& batch, const std::vector<Group>& groups) const {
        std::vector<DynamoDbEndpoint::Call> calls;
        calls.reserve(groups.size());
        for (const Group& each : groups) {
            const Message& message = *each.messages.back();
            MB_TRY(std::string body,
                   items_.request(message, table_,
                                  {.generation = batch.generation,
                                   .sequence = message.id,
                                   .seconds = base::to_millis(clock_.wall()) / 1'000}));
            calls.push_back({items_.is_put(message) ? "PutItem" : "DeleteItem", std::move(body)});
        }
        return calls;
    }

    // A throttled batch costs no attempt: what was written of it is not written again.
    static Outcome outcome_of_answers(const Batch& batch, const std::vector<Group>& groups,
                                      const std::vector<Answer>& answers) {
        const auto first = [&](Answer::Kind kind) {
            return std::find_if(answers.begin(), answers.end(),
                                [&](const Answer& each) { return each.kind == kind; });
        };
        if (const auto failed = first(Answer::Kind::Failed); failed != answers.end()) {
            return outcome_of(Kind::Failed, failed->error);
        }
        if (const auto throttled = first(Answer::Kind::Throttled); throttled != answers.end()) {
            const bool is_late = throttled->error.code == Code::DeadlineExceeded;
            return outcome_of(is_late ? Kind::Failed : Kind::NotInvoked, throttled->error);
        }
        const auto refused = first(Answer::Kind::Refused);
        if (refused == answers.end()) {
            return {};
        }
        const bool is_whole = batch.content == Content::Rows;
        Outcome outcome = outcome_of(is_whole ? Kind::Failed : Kind::PartlyFailed, refused->error);
        for (std::size_t i = 0; i < groups.size() && !is_whole; ++i) {
            if (answers[i].kind == Answer::Kind::Refused) {
                for (const Message* message : groups[i].messages) {
                    outcome.failed.emplace_back(message->id);
                }
            }
        }
        return outcome;
    }

    const DynamoDbOptions options_;
    const std::string table_;
    const base::Clock& clock_;
    const DynamoDbItems items_;
    std::unique_ptr<DynamoDbEndpoint> endpoint_;
    std::unique_ptr<DynamoDbCopy> copy_;
};

Status check_mapping(const RowMapping& mapping) {
    const auto has_path = [](const std::vector<std::string>& names) {
        return std::any_of(names.begin(), names.end(), [](const std::string& each) {
            return each.find('.') != std::string::npos;
        });
    };
    const bool is_flat = mapping.flatten.empty() && !has_path(mapping.include) &&
                         !has_path(mapping.exclude) &&
                         std::none_of(mapping.rename.begin(), mapping.rename.end(),
                                      [&](const auto& each) { return has_path({each.first}); });
    return is_flat ? Status{}
                   : base::fail(Code::Invalid,
                                "a mapping for DynamoDB names top-level attributes, without paths "
                                "and flatten");
}

Status check(const DynamoDbOptions& options) {
    MB_TRY_STATUS(check_mapping(options.mapping));
    MB_TRY_STATUS(check_range(kTarget, "concurrency", options.concurrency, 1, 64));
    MB_TRY_STATUS(check_range(kTarget, "parallel", options.parallel, 1, 128));
    MB_TRY_STATUS(
        check_range(kTarget, "connect_timeout (ms)", options.connect_timeout.count(), 1, 60'000));
    MB_TRY_STATUS(check_range(kTarget, "timeout (ms)", options.timeout.count(), 1, 300'000));
    MB_TRY_STATUS(check_range(kTarget, "tombstone_life (ms)", options.tombstone_life.count(),
                              60'000, 365LL * 86'400'000));
    if (options.prefix.empty() || options.origin.empty()) {
        return base::fail(Code::Invalid, "prefix and origin of DynamoDB are not empty");
    }
    if (options.access_key_id.empty() != options.secret_access_key.empty()) {
        return base::fail(Code::Invalid,
                          "DynamoDB needs access_key_id and secret_access_key, or neither");
    }
    if (options.peer == options.origin) {
        return base::fail(Code::Invalid, "peer and origin of DynamoDB are two different names");
    }
    return options.peer.empty() || options.deletes == DynamoDbOptions::Deletes::Tombstone
               ? Status{}
               : base::fail(Code::Invalid,
                            "two-way replication needs tombstones: a plain delete that came back "
                            "could remove a newer item");
}

}  // namespace

base::Result<std::unique_ptr<Sink>> open_dynamodb(DynamoDbOptions options,
                                                  const SinkContext& context) {
    MB_TRY_STATUS(check(options));
    auto sink = std::make_unique<DynamoDbSink>(std::move(options), context);
    MB_TRY_STATUS(sink->open());
    return std::unique_ptr<Sink>(std::move(sink));
}

}  // namespace millbeck::sinks
