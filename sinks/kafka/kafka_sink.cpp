#include "sinks/kafka/kafka_sink.hpp"

#include <utility>

#include "sinks/kafka/idempotent_sink.hpp"
#include "sinks/kafka/transactional_sink.hpp"

namespace millbeck::sinks {

base::Result<std::unique_ptr<Sink>> open_kafka(KafkaOptions options, const SinkContext& context) {
    MB_TRY(auto names, kafka::check_options(options, context.name, context.table));
    // What reads back is made when it is needed; what is wrong with it is said now.
    MB_TRY_STATUS(
        kafka::make_conf(options, names, kafka::Role::Reader).map([](auto&& /*conf*/) {}));
    kafka::Setup setup{std::move(options), std::move(names), context.clock};
    return setup.options.mode == KafkaMode::Transactional
               ? kafka::open_transactional(std::move(setup), context.random)
               : kafka::open_idempotent(std::move(setup));
}

}  // namespace millbeck::sinks
