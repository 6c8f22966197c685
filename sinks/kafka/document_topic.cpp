#include "sinks/kafka/document_topic.hpp"

#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "base/mutex.hpp"
#include "sinks/kafka/producer.hpp"
#include "sinks/kafka/topics.hpp"

namespace millbeck::sinks {

using base::Code;
using base::MutexLock;
using base::Result;
using base::Status;

namespace kafka {
namespace {

class ProducedTopic final : public DocumentTopic {
  public:
    ProducedTopic(KafkaOptions options, Names names, const base::Clock& clock,
                  std::shared_ptr<Producer> producer)
        : options_(std::move(options)),
          names_(std::move(names)),
          clock_(clock),
          producer_(std::move(producer)) {}

    Status put(std::string_view key, std::string_view document, base::Instant deadline) override {
        if (document.size() > options_.message_bytes_max) {
            return base::fail(
                Code::Invalid,
                fmt::format("a document of {} bytes is too large for topic {}, which "
                            "takes {}",
                            document.size(), names_.topic, options_.message_bytes_max));
        }
        MB_TRY(const auto producer, ready(deadline));
        const FlightPtr flight = producer->launch_one(names_.topic, key, document, false, deadline);
        Status done = producer->wait(flight, deadline);
        if (!done) {
            // It may have been deleted: the next try makes it anew.
            has_topic_ = false;
        }
        return done;
    }

  private:
    // A producer that works, and a topic to produce to.
    Result<std::shared_ptr<Producer>> ready(base::Instant deadline) {
        std::shared_ptr<Producer> producer;
        {
            const MutexLock lock(mutex_);
            if (producer_->is_dead()) {
                MB_TRY(producer_, Producer::open(options_, names_, Role::Producer, clock_));
            }
            producer = producer_;
        }
        if (!has_topic_) {
            const Patience patience(clock_, deadline, never_);
            const auto made = ensure_topic(producer->handle(),
                                           {.name = names_.topic,
                                            .partitions = options_.partitions,
                                            .replication = options_.replication,
                                            .settings = options_.topic_settings},
                                           patience);
            if (!made && made.error().code == Code::DeadlineExceeded) {
                return tl::unexpected(producer->too_late("looking for topic " + names_.topic));
            }
            MB_TRY_STATUS(made.map([](Found /*found*/) {}));
            has_topic_ = true;
        }
        return producer;
    }

    const KafkaOptions options_;
    const Names names_;
    const base::Clock& clock_;
    const std::atomic<bool> never_{false};
    std::atomic<bool> has_topic_{false};
    base::Mutex mutex_;
    std::shared_ptr<Producer> producer_ MB_GUARDED_BY(mutex_);
};

}  // namespace
}  // namespace kafka

Result<std::unique_ptr<DocumentTopic>> open_document_topic(const KafkaOptions& options,
                                                           const base::Clock& clock) {
    MB_TRY(auto names, kafka::check_options(options, "", ""));
    MB_TRY(std::shared_ptr<kafka::Producer> producer,
           kafka::Producer::open(options, names, kafka::Role::Producer, clock));
    return std::make_unique<kafka::ProducedTopic>(options, std::move(names), clock,
                                                  std::move(producer));
}

}  // namespace millbeck::sinks
