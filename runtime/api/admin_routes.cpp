#include "runtime/api/admin_routes.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/admin_json.hpp"
#include "runtime/api/checkpoint_answers.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/api/dead_letter_answers.hpp"
#include "runtime/api/export_answers.hpp"
#include "runtime/api/image_shelf.hpp"
#include "runtime/api/import_answers.hpp"
#include "runtime/api/inject_answers.hpp"
#include "runtime/api/log_answers.hpp"
#include "runtime/api/long_polls.hpp"
#include "runtime/api/parked_answers.hpp"
#include "runtime/api/past_answers.hpp"
#include "runtime/api/query.hpp"
#include "runtime/api/redrive_answers.hpp"
#include "runtime/api/restore_answers.hpp"
#include "runtime/api/sink_answers.hpp"
#include "runtime/api/table_tail.hpp"

namespace millbeck::runtime {

using base::Code;
using base::HttpRequest;
using base::HttpResponse;
using base::Milliseconds;
using base::Responder;
using base::Result;
using base::Status;
using shardlog::Shard;
using shardlog::ShardId;
using Json = nlohmann::json;

namespace {

constexpr std::string_view kPrefix = "/_millbeck/v1/";
constexpr std::uint64_t kWaitMax = 3'600'000;   // ms, of wait-drained
constexpr std::uint64_t kTailWaitMax = 60'000;  // ms
constexpr std::uint64_t kTailLimit = 100;
constexpr std::uint64_t kTailLimitMax = 1'000;

Result<Json> parse_body(const HttpRequest& request) {
    Json body = Json::parse(request.body(), nullptr, false);
    if (body.is_discarded() || !body.is_object()) {
        return base::fail(Code::Invalid, "the body must be a JSON object");
    }
    return body;
}

Result<std::string> string_member(const Json& body, const std::string& name) {
    const auto found = body.find(name);
    if (found == body.end() || !found->is_string()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be a text", name));
    }
    return found->get<std::string>();
}

class Routes final : public AdminRoutes {
  public:
    explicit Routes(const ApiContext& context)
        : context_(context),
          polls_(std::make_shared<LongPolls>(context.log, context.node.stopping)),
          images_(context.clock) {
        const auto ring = [weak = std::weak_ptr(polls_)] {
            if (const auto polls = weak.lock()) {
                polls->ring();
            }
        };
        if (context_.redriver != nullptr) {
            context_.redriver->on_change(ring);
        }
        if (context_.log_admin != nullptr) {
            context_.log_admin->checkup().on_end(ring);
        }
    }

    bool handle(const HttpRequest& request, const Responder& respond) override {
        const auto target = parse_target(request.target());
        if (!target) {
            const bool mine = request.target().starts_with(kPrefix);
            if (mine) {
                respond(error_reply(target.error()));
            }
            return mine;
        }
        if (!target->path.starts_with(kPrefix)) {
            return false;
        }
        const std::string route =
            fmt::format("{} {}", request.method(), target->path.substr(kPrefix.size()));
        if (const Status begun = dispatch(route, *target, request, respond); !begun) {
            respond(error_reply(begun.error()));
        }
        return true;
    }

  private:
    // An error means that nobody has taken `respond` yet.
    Status dispatch(const std::string& route, const Target& target, const HttpRequest& request,
                    const Responder& respond);
    // nullopt: not one of these.
    std::optional<Status> of_delivery(const std::string& route, const Target& target,
                                      const HttpRequest& request, const Responder& respond);
    std::optional<Status> of_data(const std::string& route, const Target& target,
                                  const HttpRequest& request, const Responder& respond);
    Status in_lane(const Responder& respond, std::function<Result<std::string>()> work);
    Status change_shards(const std::string& route, const HttpRequest& request,
                         const Responder& respond);
    Result<std::vector<ShardId>> named_shards(const Json& body, const std::string& route) const;
    Status follow_restore(const Target& target, const Responder& respond);
    Status wait_drained(const HttpRequest& request, const Responder& respond);
    Status tail(const Target& target, const Responder& respond);
    Status dead_letters(const std::string& route, const Target& target, const HttpRequest& request,
                        const Responder& respond);
    Status log_admin(const std::string& route, const Target& target, const HttpRequest& request,
                     const Responder& respond);
    Status redrives(const std::string& route, const Target& target, const HttpRequest& request,
                    const Responder& respond);
    Status parked(const std::string& route, const Target& target, const HttpRequest& request,
                  const Responder& respond);

    ApiContext context_;
    std::shared_ptr<LongPolls> polls_;
    ImageShelf images_;
    ControlLane lane_;
};

Status Routes::dispatch(const std::string& route, const Target& target, const HttpRequest& request,
                        const Responder& respond) {
    if (route == "GET status") {
        respond(json_reply(status_json(context_)));
        return {};
    }
    if (auto answered = of_delivery(route, target, request, respond)) {
        return std::move(*answered);
    }
    if (auto answered = of_data(route, target, request, respond)) {
        return std::move(*answered);
    }
    return base::fail(Code::NotFound, fmt::format("there is no {}", route));
}

std::optional<Status> Routes::of_delivery(const std::string& route, const Target& target,
                                          const HttpRequest& request, const Responder& respond) {
    if (route == "GET triggers") {
        return in_lane(respond, [this] { return triggers_json(context_); });
    }
    if (route == "GET sinks") {
        return in_lane(respond, [this] { return sinks_json(context_); });
    }
    if (route.starts_with("POST sinks/") && context_.sinks != nullptr) {
        return answer_sinks(route, request, *context_.sinks, respond);
    }
    if (route.find(" dead-letters/redrive") != std::string::npos && context_.redriver != nullptr) {
        return redrives(route, target, request, respond);
    }
    if (route.find(" dead-letters") != std::string::npos) {
        return dead_letters(route, target, request, respond);
    }
    if (route.find(" parked") != std::string::npos && context_.parking != nullptr) {
        return parked(route, target, request, respond);
    }
    if (route.find(" checkpoints") != std::string::npos) {
        return answer_checkpoints(route, target, request, context_, lane_, respond);
    }
    if (is_inject_route(route)) {
        return in_lane(respond, [this, route, body = std::string(request.body())] {
            return answer_inject(route, body, context_);
        });
    }
    if (route == "POST wait-drained") {
        return wait_drained(request, respond);
    }
    return std::nullopt;
}

std::optional<Status> Routes::of_data(const std::string& route, const Target& target,
                                      const HttpRequest& request, const Responder& respond) {
    if (route == "GET tables") {
        respond(json_reply(tables_json(context_)));
        return {};
    }
    if (route.find(" export/") != std::string::npos) {
        return in_lane(respond, [this, route, query = Target{{}, target.parameters},
                                 body = std::string(request.body())] {
            return answer_export(route, query, body, context_, images_);
        });
    }
    if (route == "POST import") {
        return answer_import(request, target, context_, respond);
    }
    if (route == "GET item" || route == "GET history") {
        const auto answer = route == "GET item" ? item_answer : history_answer;
        return in_lane(respond, [this, answer, query = Target{{}, target.parameters}] {
            return answer(context_, query);
        });
    }
    if (is_log_route(route) && context_.log_admin != nullptr) {
        return log_admin(route, target, request, respond);
    }
    if (route == "POST restore") {
        return in_lane(respond, [this, body = std::string(request.body())] {
            return begin_restore(context_, body);
        });
    }
    if (route == "GET restore") {
        return follow_restore(target, respond);
    }
    if (route == "GET shards") {
        MB_TRY(const auto stream, enabled_stream_of(context_.log, target.text("table", "")));
        respond(json_reply(shards_json(context_, stream)));
        return {};
    }
    if (route == "POST shards/roll" || route == "POST shards/split" ||
        route == "POST shards/merge") {
        return change_shards(route, request, respond);
    }
    if (route == "GET tail") {
        return tail(target, respond);
    }
    return std::nullopt;
}

// For what waits for the committer or reads a database.
Status Routes::in_lane(const Responder& respond, std::function<Result<std::string>()> work) {
    return lane_.post([respond, work = std::move(work)] {
        auto body = work();
        respond(body ? json_reply(std::move(*body)) : error_reply(body.error()));
    });
}

// The shards a request names; for a roll without any, all open ones.
Result<std::vector<ShardId>> Routes::named_shards(const Json& body,
                                                  const std::string& route) const {
    MB_TRY(const std::string table, string_member(body, "table"));
    MB_TRY(const auto stream, enabled_stream_of(context_.log, table));
    std::vector<ShardId> open;
    for (const Shard& shard : context_.log.shards(stream.id)) {
        if (!shard.ending) {
            open.push_back(shard.id);
        }
    }
    if (!body.contains("shards")) {
        if (route != "POST shards/roll") {
            return base::fail(Code::Invalid, "\"shards\" must name the shards");
        }
        return open;
    }
    std::vector<ShardId> named;
    if (!body["shards"].is_array()) {
        return base::fail(Code::Invalid, "\"shards\" must be a list of shard ids");
    }
    for (const Json& each : body["shards"]) {
        MB_TRY(const ShardId shard,
               ShardId::parse(each.is_string() ? each.get<std::string>() : each.dump()));
        const auto known = context_.log.find_shard(shard.number());
        if (!known || known->id != shard || known->stream != stream.id) {
            return base::fail(Code::NotFound, fmt::format("table \"{}\" has no shard {}", table,
                                                          shard.to_string()));
        }
        named.push_back(shard);
    }
    return named;
}

Status Routes::change_shards(const std::string& route, const HttpRequest& request,
                             const Responder& respond) {
    MB_TRY(const Json body, parse_body(request));
    MB_TRY(const auto shards, named_shards(body, route));
    MB_TRY(const std::string table, string_member(body, "table"));
    MB_TRY(const auto stream, enabled_stream_of(context_.log, table));
    const std::size_t wanted = route == "POST shards/split" ? 1 : 2;
    if (route != "POST shards/roll" && shards.size() != wanted) {
        return base::fail(Code::Invalid,
                          wanted == 1 ? "a split takes one shard" : "a merge takes two shards");
    }
    return in_lane(respond, [this, route, shards, stream]() -> Result<std::string> {
        if (route == "POST shards/split") {
            MB_TRY(const auto children, context_.store.split_shard(shards[0], std::nullopt));
        } else if (route == "POST shards/merge") {
            MB_TRY(const auto child, context_.store.merge_shards(shards[0], shards[1]));
        } else {
            for (const ShardId& shard : shards) {
                MB_TRY(const auto child, context_.store.roll_shard(shard));
            }
        }
        return shards_json(context_, stream);
    });
}

// Answers when the restore has ended or the wait is over.
Status Routes::follow_restore(const Target& target, const Responder& respond) {
    MB_TRY(const auto wait_ms, target.number("wait_ms", 0, kTailWaitMax));
    const auto deadline =
        context_.clock.instant() + Milliseconds{static_cast<std::int64_t>(wait_ms)};
    return polls_->wait(deadline, [this, respond, to = target.text("to", "")](bool last) {
        auto progress = restore_progress(context_, to);
        if (progress && !progress->ended && !last) {
            return false;
        }
        respond(progress ? json_reply(std::move(progress->json)) : error_reply(progress.error()));
        return true;
    });
}

// The answer waits with the long polls, so that a stopping node gives it at once.
Status Routes::wait_drained(const HttpRequest& request, const Responder& respond) {
    MB_TRY(const Json body, parse_body(request));
    const auto timeout = body.find("timeout_ms");
    if (timeout == body.end() || !timeout->is_number_unsigned() ||
        timeout->get<std::uint64_t>() > kWaitMax) {
        return base::fail(Code::Invalid,
                          fmt::format("\"timeout_ms\" must be a number from 0 to {}", kWaitMax));
    }
    const Milliseconds patience{timeout->get<std::int64_t>()};
    // 0: undecided, 1: drained, 2: not in time.
    auto verdict = std::make_shared<std::atomic<int>>(0);
    MB_TRY_STATUS(polls_->wait(context_.clock.instant() + patience + Milliseconds{1'000},
                               [verdict, respond](bool last) {
                                   const int decided = verdict->load();
                                   if (decided != 0 || last) {
                                       respond(json_reply(drained_json(decided == 1)));
                                   }
                                   return decided != 0 || last;
                               }));
    context_.triggers.wait_drained(patience, [verdict, weak = std::weak_ptr(polls_)](bool drained) {
        verdict->store(drained ? 1 : 2);
        if (const auto polls = weak.lock()) {
            polls->ring();
        }
    });
    return {};
}

// What the lane needs of the request is copied: the request may be gone by then.
Status Routes::dead_letters(const std::string& route, const Target& target,
                            const HttpRequest& request, const Responder& respond) {
    auto& store = context_.dead_letters;
    const Target query{.path = {}, .parameters = target.parameters};
    if (route == "GET dead-letters") {
        return in_lane(respond, [&store, query] { return list_dead_letters(store, query); });
    }
    if (route == "GET dead-letters/show") {
        return in_lane(respond, [&store, query] { return show_dead_letter(store, query); });
    }
    if (route == "POST dead-letters/drop") {
        return in_lane(respond, [&store, body = std::string(request.body())] {
            return drop_dead_letters(store, body);
        });
    }
    return base::fail(Code::NotFound, fmt::format("there is no {}", route));
}

Status Routes::log_admin(const std::string& route, const Target& target, const HttpRequest& request,
                         const Responder& respond) {
    if (route != "GET log/verify") {
        return in_lane(respond, [this, route, body = std::string(request.body())] {
            return answer_log(route, body, context_.log, context_.clock, *context_.log_admin);
        });
    }
    MB_TRY(const auto wait_ms, target.number("wait_ms", 0, kTailWaitMax));
    return polls_->wait(context_.clock.instant() + Milliseconds{static_cast<std::int64_t>(wait_ms)},
                        [this, respond](bool last) {
                            const auto status = context_.log_admin->checkup().status();
                            const bool answers =
                                last || status.state != LogCheckupStatus::State::Running;
                            if (answers) {
                                respond(json_reply(checkup_json(status)));
                            }
                            return answers;
                        });
}

Status Routes::redrives(const std::string& route, const Target& target, const HttpRequest& request,
                        const Responder& respond) {
    auto& redriver = *context_.redriver;
    if (route == "POST dead-letters/redrive") {
        return in_lane(respond, [&redriver, body = std::string(request.body())] {
            return begin_redrive(redriver, body);
        });
    }
    if (route == "POST dead-letters/redrives/cancel") {
        MB_TRY(auto answer, cancel_redrives(redriver, request.body()));
        respond(json_reply(std::move(answer)));
        return {};
    }
    if (route == "GET dead-letters/redrives") {
        MB_TRY(const auto wait_ms, target.number("wait_ms", 0, kTailWaitMax));
        return polls_->wait(
            context_.clock.instant() + Milliseconds{static_cast<std::int64_t>(wait_ms)},
            [respond, &redriver](bool last) {
                const bool answers = last || redrives_ended(redriver);
                if (answers) {
                    respond(json_reply(redrives_json(redriver)));
                }
                return answers;
            });
    }
    return base::fail(Code::NotFound, fmt::format("there is no {}", route));
}

Status Routes::parked(const std::string& route, const Target& target, const HttpRequest& request,
                      const Responder& respond) {
    auto& lot = *context_.parking;
    const Target query{.path = {}, .parameters = target.parameters};
    if (route == "GET parked") {
        return in_lane(respond, [&lot, query] { return list_parked(lot, query); });
    }
    if (route == "GET parked/show") {
        return in_lane(respond, [&lot, query] { return show_parked(lot, query); });
    }
    if (route == "POST parked/retry" || route == "POST parked/drop") {
        const auto wish =
            route == "POST parked/retry" ? triggers::Wish::Retry : triggers::Wish::Drop;
        return in_lane(respond, [this, &lot, wish, body = std::string(request.body())] {
            return wish_parked(lot, context_.triggers, body, wish);
        });
    }
    return base::fail(Code::NotFound, fmt::format("there is no {}", route));
}

Status Routes::tail(const Target& target, const Responder& respond) {
    MB_TRY(const auto stream, enabled_stream_of(context_.log, target.text("table", "")));
    MB_TRY(const auto from, tail_position(context_.log, target.text("from", "now")));
    MB_TRY(const auto limit, target.number("limit", kTailLimit, kTailLimitMax));
    MB_TRY(const auto wait_ms, target.number("wait_ms", 0, kTailWaitMax));
    const auto deadline =
        context_.clock.instant() + Milliseconds{static_cast<std::int64_t>(wait_ms)};
    return polls_->wait(deadline, [this, respond, stream, limit, at = from](bool last) mutable {
        const auto page =
            read_tail(context_.log, stream, context_.identity, at, std::max<std::size_t>(limit, 1));
        if (!page) {
            respond(error_reply(page.error()));
            return true;
        }
        at = page->next;
        if (page->count == 0 && !page->trimmed && !last) {
            return false;
        }
        respond(json_reply(fmt::format(
            "{{\"cursor\":\"{}\",\"trimmed\":{},\"view_type\":\"{}\",\"records\":[{}]}}\n",
            page->next.to_string(), page->trimmed, to_string(stream.view_type), page->records)));
        return true;
    });
}

}  // namespace

std::unique_ptr<AdminRoutes> AdminRoutes::create(const ApiContext& context) {
    return std::make_unique<Routes>(context);
}

}  // namespace millbeck::runtime
