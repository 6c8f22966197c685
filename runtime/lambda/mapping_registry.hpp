// The event source mappings of a node: those that were created over the API, kept over restarts,
// and the triggers of the configuration file, which are shown beside them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/failure_routes.hpp"
#include "runtime/lambda/document_store.hpp"
#include "runtime/lambda/lambda_error.hpp"
#include "runtime/lambda/mapping_settings.hpp"
#include "runtime/lambda/tag_calls.hpp"
#include "runtime/trigger_manager.hpp"
#include "shardlog/shard_log.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/finished_call.hpp"

namespace millbeck::runtime::lambda {

// All of it outlives the registry, but `triggers`, which is stopped before it goes.
struct MappingContext {
    DocumentStore& documents;
    TriggerManager& triggers;
    triggers::CheckpointStore& checkpoints;
    const shardlog::ShardLog& log;
    FailureRoutes& failures;
    const base::Clock& clock;
    base::Random& random;
    shardlog::Identity identity;
    std::function<bool(const FunctionReference&)> function_exists;
    std::function<std::shared_ptr<sinks::Sink>(const FunctionReference&)> sink_for;
    // Where an on-failure ARN leads; nullptr: to the dead-letter store.
    std::function<LambdaResult<std::shared_ptr<triggers::Destination>>(const std::string&)>
        destination_for;
};

struct MappingQuery {
    std::string event_source_arn{};  // "": any
    std::string function{};          // "": any; as FunctionName
    std::string marker{};            // the UUID to go on behind
    std::size_t limit = 100;         // 1..100
};

// Invariants: what was answered is on disk; a mapping that is being deleted is gone after a
//             restart; a mapping belongs to one stream for ever.
// Threads:    any.
// Errors:     the service's, see each; ServiceException for what the disk does.
class MappingRegistry {
  public:
    // Starts what is stored; `triggers` holds those of the configuration already.
    static base::Result<std::unique_ptr<MappingRegistry>> open(MappingContext context);
    virtual ~MappingRegistry() = default;

    // The bodies of the calls and of their answers. Source: lambda
    // API_CreateEventSourceMapping and its neighbours.
    virtual LambdaResult<nlohmann::json> create(const nlohmann::json& body) = 0;
    virtual LambdaResult<nlohmann::json> update(const std::string& uuid,
                                                const nlohmann::json& body) = 0;
    virtual LambdaResult<nlohmann::json> remove(const std::string& uuid) = 0;
    [[nodiscard]] virtual LambdaResult<nlohmann::json> get(const std::string& uuid) const = 0;
    [[nodiscard]] virtual LambdaResult<nlohmann::json> list(const MappingQuery& query) const = 0;

    // ResourceNotFoundException. `change` gets the tags there are and leaves those there shall be.
    [[nodiscard]] virtual LambdaResult<Tags> tags(const std::string& uuid) const = 0;
    virtual LambdaResult<void> change_tags(
        const std::string& uuid, const std::function<LambdaResult<void>(Tags&)>& change) = 0;
};

}  // namespace millbeck::runtime::lambda
