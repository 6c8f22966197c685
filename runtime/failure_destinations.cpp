#include "runtime/failure_destinations.hpp"

#include <utility>

#include <fmt/format.h>

#include "runtime/config/kafka_settings.hpp"
#include "runtime/lambda/function_registry.hpp"
#include "sinks/kafka/document_topic.hpp"
#include "triggers/failure_places.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;
using triggers::Destination;
using triggers::FailedBatch;
using triggers::FinishedCall;
using triggers::OnFailure;

namespace {

constexpr std::chrono::minutes kLongest{15};  // Lambda's longest time-out
constexpr base::Milliseconds kTopicDeadline{10'000};
constexpr std::size_t kDocumentBytesMax = 16U << 20U;

// Threads: any.
class FunctionDestination final : public Destination {
  public:
    FunctionDestination(const DestinationContext& context, lambda::FunctionReference function)
        : context_(context), function_(std::move(function)) {}

    Status take(const FailedBatch& failed) override {
        const std::string document = triggers::failure_document(
            failed, triggers::function_arn(context_.identity, failed.function),
            triggers::Payload::Kept);
        const std::string request_id = base::make_uuid(context_.random);
        const lambda::FunctionCallResult called =
            context_.functions.call(function_, {.payload = document, .request_id = request_id},
                                    context_.clock.instant() + kLongest);
        if (called.refusal) {
            return base::fail(Code::Unavailable, called.refusal->message);
        }
        if (called.result.outcome.kind != sinks::Outcome::Kind::Delivered) {
            return base::with_context(fmt::format("function \"{}\"", function_.text()),
                                      called.result.outcome.error);
        }
        return {};
    }

    Status take(const FinishedCall& call) override {
        return context_.call_later(function_, triggers::call_document(call, context_.identity));
    }

  private:
    const DestinationContext context_;
    const lambda::FunctionReference function_;
};

// With the event as its payload, as nobody else keeps it. Documents of a shard stay in order.
// Threads: any.
class TopicDestination final : public Destination {
  public:
    TopicDestination(const DestinationContext& context, std::unique_ptr<sinks::DocumentTopic> topic)
        : context_(context), topic_(std::move(topic)) {}

    Status take(const FailedBatch& failed) override {
        const std::string arn = triggers::function_arn(context_.identity, failed.function);
        return put(failed.batch->shard_id,
                   triggers::failure_document(failed, arn, triggers::Payload::Kept));
    }
    Status take(const FinishedCall& call) override {
        return put(call.function, triggers::call_document(call, context_.identity));
    }

  private:
    Status put(std::string_view key, const std::string& document) {
        return topic_->put(key, document, context_.clock.instant() + kTopicDeadline);
    }

    const DestinationContext context_;
    const std::unique_ptr<sinks::DocumentTopic> topic_;
};

// A document holds an event, of 6 MB at most, and what is said of it; topics that are there
// already take what they take.
base::Result<std::unique_ptr<sinks::DocumentTopic>> open_topic(const DestinationContext& context,
                                                               const std::string& place) {
    MB_TRY(sinks::KafkaOptions options, kafka_from_text(place));
    options.message_bytes_max = kDocumentBytesMax;
    options.request_bytes_max = kDocumentBytesMax;
    options.topic_settings["max.message.bytes"] = std::to_string(kDocumentBytesMax);
    return sinks::open_document_topic(options, context.clock);
}

}  // namespace

base::Result<std::shared_ptr<Destination>> open_destination(const DestinationContext& context,
                                                            const OnFailure& to) {
    using Opened = std::shared_ptr<Destination>;
    switch (to.kind) {
        case OnFailure::Kind::DeadLetters:
            break;
        case OnFailure::Kind::Folder:
            return Opened(triggers::open_failure_folder(context.files, context.random,
                                                        context.identity, to.place));
        case OnFailure::Kind::Url: {
            MB_TRY(auto opened, triggers::open_failure_url(context.identity, to.place));
            return Opened(std::move(opened));
        }
        case OnFailure::Kind::Topic: {
            MB_TRY(auto topic, open_topic(context, to.place));
            return Opened(std::make_shared<TopicDestination>(context, std::move(topic)));
        }
        case OnFailure::Kind::Function: {
            auto function = lambda::parse_function_reference(to.place, context.identity);
            if (!function) {
                return base::fail(Code::Invalid, function.error().message);
            }
            return Opened(std::make_shared<FunctionDestination>(context, std::move(*function)));
        }
    }
    return Opened();
}

}  // namespace millbeck::runtime
