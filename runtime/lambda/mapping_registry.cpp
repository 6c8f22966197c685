#include "runtime/lambda/mapping_registry.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "runtime/lambda/mapping_document.hpp"
#include "runtime/lambda/mapping_reply.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;
using base::Result;
using base::Status;

constexpr std::string_view kKind = "event-source-mapping";
// Ours: what AWS says then is not known.
constexpr std::string_view kNoSource = "PROBLEM: The event source no longer exists.";
constexpr std::string_view kGone = "The resource you requested does not exist.";

struct Mapping {
    MappingDocument document;
    Phase phase = Phase::Settled;
};

// What outlives the registry while a trigger ends.
struct Mappings {
    base::Mutex mutex;
    std::map<std::string, Mapping> by_uuid MB_GUARDED_BY(mutex);
};

class Registry final : public MappingRegistry {
  public:
    explicit Registry(MappingContext context)
        : context_(std::move(context)), mappings_(std::make_shared<Mappings>()) {}

    Status start() {
        MB_TRY(const auto documents, context_.documents.all(kKind));
        for (const Document& document : documents) {
            MB_TRY(MappingDocument mapping,
                   read_mapping(document.name, document.json, context_.identity));
            MB_TRY_STATUS(mapping.deleting ? finish_removal(mapping) : resume(mapping));
        }
        return {};
    }

    LambdaResult<Json> create(const Json& body) override {
        MB_LAMBDA_TRY(MappingSettings settings, parse_new_mapping(body, context_.identity));
        MB_LAMBDA_TRY(Tags tags, parse_tags(body));
        MB_LAMBDA_TRY_STATUS(check_function(settings));
        MB_LAMBDA_TRY_STATUS(check_unique(settings, ""));
        MB_LAMBDA_TRY_STATUS(check_stream(settings));
        MappingDocument mapping{.uuid = base::make_uuid(context_.random),
                                .settings = std::move(settings),
                                .tags = std::move(tags),
                                .modified = context_.clock.wall()};
        MB_LAMBDA_TRY_STATUS(route_failures(mapping));
        MB_LAMBDA_TRY_STATUS(stored(mapping));
        if (const Status added = context_.triggers.add(spec_of(mapping), sink_of(mapping));
            !added) {
            return undo_create(mapping, added.error());
        }
        Json answer = json_of(mapping, "Creating");
        const base::MutexLock lock(mappings_->mutex);
        const std::string uuid = mapping.uuid;
        mappings_->by_uuid.emplace(uuid, Mapping{std::move(mapping)});
        return answer;
    }

    LambdaResult<Json> update(const std::string& uuid, const Json& body) override {
        MB_LAMBDA_TRY(Mapping now, idle(uuid, "update"));
        MappingDocument next = now.document;
        MB_LAMBDA_TRY(next.settings,
                      parse_mapping_update(body, now.document.settings, context_.identity));
        if (next.settings.function != now.document.settings.function) {
            MB_LAMBDA_TRY_STATUS(check_function(next.settings));
            MB_LAMBDA_TRY_STATUS(check_unique(next.settings, uuid));
        }
        next.modified = context_.clock.wall();
        MB_LAMBDA_TRY_STATUS(route_failures(next));
        MB_LAMBDA_TRY_STATUS(stored(next));
        const Phase phase = phase_of_update(now.document.settings.enabled, next.settings.enabled);
        const Json answer = json_of(next, state_of(phase, next.settings.enabled));
        set(next, phase);
        const auto settle = [uuid, weak = std::weak_ptr(mappings_)] {
            if (const auto mappings = weak.lock()) {
                const base::MutexLock lock(mappings->mutex);
                if (const auto found = mappings->by_uuid.find(uuid);
                    found != mappings->by_uuid.end()) {
                    found->second.phase = Phase::Settled;
                }
            }
        };
        const Status begun = context_.triggers.update(spec_of(next), sink_of(next), settle);
        if (!begun) {
            settle();
        }
        // Without its stream it has no trigger, and nothing to do but to be remembered.
        return begun || begun.error().code == base::Code::NotFound
                   ? LambdaResult<Json>(answer)
                   : tl::unexpected(lambda_error(begun.error()));
    }

    LambdaResult<Json> remove(const std::string& uuid) override {
        MB_LAMBDA_TRY(Mapping now, idle(uuid, "delete"));
        MappingDocument last = now.document;
        last.deleting = true;
        MB_LAMBDA_TRY_STATUS(stored(last));
        set(last, Phase::Deleting);
        const Json answer = json_of(last, state_of(Phase::Deleting, false));
        const auto forget = [uuid, weak = std::weak_ptr(mappings_),
                             &documents = context_.documents] {
            forget_document(documents, uuid);
            if (const auto mappings = weak.lock()) {
                const base::MutexLock lock(mappings->mutex);
                mappings->by_uuid.erase(uuid);
            }
        };
        if (const Status begun = context_.triggers.remove(uuid, forget); !begun) {
            forget();  // it has no trigger: its stream was gone already
        }
        context_.failures.remove(uuid);
        return answer;
    }

    [[nodiscard]] LambdaResult<Json> get(const std::string& uuid) const override {
        const auto all = seen();
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Seen& each) { return each.uuid == uuid; });
        if (found == all.end()) {
            return refuse(kResourceNotFound, std::string(kGone));
        }
        return found->json;
    }

    [[nodiscard]] LambdaResult<Json> list(const MappingQuery& query) const override {
        std::string function;
        if (!query.function.empty()) {
            MB_LAMBDA_TRY(const FunctionReference reference,
                          parse_function_reference(query.function, context_.identity));
            function = function_arn(context_.identity, reference);
        }
        Json answer{{"EventSourceMappings", Json::array()}};
        Json& page = answer["EventSourceMappings"];
        std::string last;
        for (Seen& each : seen()) {
            const bool is_wanted = each.uuid > query.marker &&
                                   (query.event_source_arn.empty() ||
                                    each.json["EventSourceArn"] == query.event_source_arn) &&
                                   (function.empty() || each.json["FunctionArn"] == function);
            if (!is_wanted) {
                continue;
            }
            if (page.size() == query.limit) {
                answer["NextMarker"] = last;
                break;
            }
            last = each.uuid;
            page.push_back(std::move(each.json));
        }
        return answer;
    }

    [[nodiscard]] LambdaResult<Tags> tags(const std::string& uuid) const override {
        if (is_configured(uuid)) {
            return Tags();
        }
        MB_LAMBDA_TRY(Mapping mapping, find(uuid));
        return std::move(mapping.document.tags);
    }

    LambdaResult<void> change_tags(
        const std::string& uuid, const std::function<LambdaResult<void>(Tags&)>& change) override {
        MB_LAMBDA_TRY(Mapping now, find(uuid));
        MB_LAMBDA_TRY_STATUS(change(now.document.tags));
        MB_LAMBDA_TRY_STATUS(stored(now.document));
        const base::MutexLock lock(mappings_->mutex);
        if (const auto found = mappings_->by_uuid.find(uuid); found != mappings_->by_uuid.end()) {
            found->second.document.tags = now.document.tags;
        }
        return {};
    }

  private:
    // A mapping as a reply shows it.
    // NOLINTNEXTLINE(bugprone-exception-escape): the library's JSON asserts when it is moved.
    struct Seen {
        std::string uuid;
        Json json;
    };

    // ---- what is stored

    Status resume(const MappingDocument& mapping) {
        if (auto routed = route_failures(mapping); !routed) {
            return base::fail(
                base::Code::Invalid,
                fmt::format("event source mapping {}: {}", mapping.uuid, routed.error().message));
        }
        Status added = context_.triggers.add(spec_of(mapping), sink_of(mapping));
        if (!added && added.error().code != base::Code::NotFound) {
            return added;
        }
        if (!added) {
            base::log(base::LogLevel::Warn, "runtime", "an event source mapping has no stream",
                      {{"mapping", mapping.uuid}, {"stream", mapping.settings.event_source_arn}});
        }
        set(mapping, Phase::Settled);
        return {};
    }

    Status finish_removal(const MappingDocument& mapping) {
        MB_TRY_STATUS(context_.checkpoints.forget(triggers::TriggerId{mapping.uuid}));
        MB_TRY_STATUS(context_.documents.remove(kKind, mapping.uuid));
        return {};
    }

    static void forget_document(DocumentStore& documents, const std::string& uuid) {
        if (const auto removed = documents.remove(kKind, uuid); !removed) {
            base::log(base::LogLevel::Error, "runtime",
                      "a deleted event source mapping is forgotten at the next start only",
                      {{"mapping", uuid}, {"error", removed.error().message}});
        }
    }

    LambdaResult<void> stored(const MappingDocument& mapping) {
        const Status put = context_.documents.put(
            kKind, {mapping.uuid, write_mapping(mapping, context_.identity)});
        return put ? LambdaResult<void>{} : tl::unexpected(lambda_error(put.error()));
    }

    tl::unexpected<LambdaError> undo_create(const MappingDocument& mapping,
                                            const base::Error& error) {
        forget_document(context_.documents, mapping.uuid);
        context_.failures.remove(mapping.uuid);
        if (error.code == base::Code::NotFound) {
            return refuse(kInvalidParameterValue,
                          "Stream not found: " + mapping.settings.event_source_arn);
        }
        return tl::unexpected(lambda_error(error));
    }

    // ---- what else there is

    [[nodiscard]] LambdaResult<void> check_function(const MappingSettings& settings) const {
        return context_.function_exists(settings.function)
                   ? LambdaResult<void>{}
                   : refuse(kInvalidParameterValue, "Function does not exist");
    }

    [[nodiscard]] LambdaResult<void> check_stream(const MappingSettings& settings) const {
        return stream_exists(settings) ? LambdaResult<void>{}
                                       : refuse(kInvalidParameterValue,
                                                "Stream not found: " + settings.event_source_arn);
    }

    [[nodiscard]] bool stream_exists(const MappingSettings& settings) const {
        const auto parts = shardlog::parse_stream_arn(settings.event_source_arn);
        return parts && context_.log.find_stream(parts->table, parts->label).has_value();
    }

    [[nodiscard]] LambdaResult<void> check_unique(const MappingSettings& settings,
                                                  std::string_view but) const {
        const std::string arn = function_arn(context_.identity, settings.function);
        for (const Seen& each : seen()) {
            if (each.uuid != but && each.json["FunctionArn"] == arn &&
                each.json["EventSourceArn"] == settings.event_source_arn) {
                return refuse(
                    kResourceConflict,
                    fmt::format("The event source arn (\" {} \") and function (\" {} \") provided "
                                "mapping already exists. Please update or delete the existing "
                                "mapping with UUID {}",
                                settings.event_source_arn, settings.function.text(), each.uuid));
            }
        }
        return {};
    }

    LambdaResult<void> route_failures(const MappingDocument& mapping) {
        if (mapping.settings.on_failure.empty()) {
            context_.failures.remove(mapping.uuid);
            return {};
        }
        MB_LAMBDA_TRY(auto destination, context_.destination_for(mapping.settings.on_failure));
        if (destination) {
            context_.failures.set(mapping.uuid, std::move(destination));
        } else {
            context_.failures.remove(mapping.uuid);
        }
        return {};
    }

    // ---- the list

    void set(const MappingDocument& document, Phase phase) {
        const base::MutexLock lock(mappings_->mutex);
        mappings_->by_uuid.insert_or_assign(document.uuid, Mapping{document, phase});
    }

    [[nodiscard]] LambdaResult<Mapping> find(const std::string& uuid) const {
        {
            const base::MutexLock lock(mappings_->mutex);
            const auto found = mappings_->by_uuid.find(uuid);
            if (found != mappings_->by_uuid.end()) {
                return found->second;
            }
        }
        if (is_configured(uuid)) {
            return refuse(kInvalidParameterValue,
                          "This event source mapping is a trigger of Millbeck's configuration "
                          "file: change it there.");
        }
        return refuse(kResourceNotFound, std::string(kGone));
    }

    [[nodiscard]] LambdaResult<Mapping> idle(const std::string& uuid, std::string_view verb) const {
        MB_LAMBDA_TRY(Mapping mapping, find(uuid));
        if (mapping.phase != Phase::Settled) {
            return refuse(
                kResourceInUse,
                fmt::format("Cannot {} the event source mapping because it is in use.", verb));
        }
        return mapping;
    }

    [[nodiscard]] bool is_configured(const std::string& uuid) const {
        const auto all = context_.triggers.brief_status();
        return std::any_of(all.begin(), all.end(), [&](const TriggerStatus& each) {
            return each.spec.id.value() == uuid && each.spec.stream_arn.empty() && !each.spec.copy;
        });
    }

    // All mappings in the order of their UUIDs.
    [[nodiscard]] std::vector<Seen> seen() const {
        std::map<std::string, LastResult> results;
        std::map<std::string, Seen> configured;  // by the trigger's name: its newest stream
        for (const TriggerStatus& each : context_.triggers.brief_status()) {
            results[each.spec.name] = each.last_result;
            if (each.spec.stream_arn.empty() && !each.spec.copy) {
                MappingDocument document{.uuid = each.spec.id.value(),
                                         .settings = settings_of(each.spec, each.stream_arn),
                                         .tags = {},
                                         .modified = started_};
                configured[each.spec.name] = {
                    document.uuid, json_of(document, state_of(Phase::Settled, each.spec.enabled),
                                           each.last_result)};
            }
        }
        std::vector<Seen> all;
        all.reserve(configured.size());
        for (auto& [name, each] : configured) {
            all.push_back(std::move(each));
        }
        const base::MutexLock lock(mappings_->mutex);
        for (const auto& [uuid, mapping] : mappings_->by_uuid) {
            const MappingDocument& document = mapping.document;
            all.push_back(
                {uuid, mapping_reply(
                           document, state_of(mapping.phase, document.settings.enabled),
                           stream_exists(document.settings) ? words_of(results[uuid]) : kNoSource,
                           context_.identity)});
        }
        std::sort(all.begin(), all.end(),
                  [](const Seen& a, const Seen& b) { return a.uuid < b.uuid; });
        return all;
    }

    [[nodiscard]] Json json_of(const MappingDocument& mapping, std::string_view state,
                               LastResult result = LastResult::None) const {
        return mapping_reply(mapping, state, words_of(result), context_.identity);
    }

    static triggers::TriggerSpec spec_of(const MappingDocument& mapping) {
        triggers::TriggerSpec spec = trigger_of(mapping.settings);
        spec.id = triggers::TriggerId{mapping.uuid};
        spec.name = mapping.uuid;
        return spec;
    }

    [[nodiscard]] std::shared_ptr<sinks::Sink> sink_of(const MappingDocument& mapping) const {
        return context_.sink_for(mapping.settings.function);
    }

    const MappingContext context_;
    const base::WallTime started_ = context_.clock.wall();
    const std::shared_ptr<Mappings> mappings_;
};

}  // namespace

Result<std::unique_ptr<MappingRegistry>> MappingRegistry::open(MappingContext context) {
    auto registry = std::make_unique<Registry>(std::move(context));
    MB_TRY_STATUS(registry->start());
    return std::unique_ptr<MappingRegistry>(std::move(registry));
}

}  // namespace millbeck::runtime::lambda
