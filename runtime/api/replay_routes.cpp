#include "runtime/api/replay_routes.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/api/admin_json.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/api/long_polls.hpp"
#include "runtime/api/query.hpp"

namespace millbeck::runtime {

using base::HttpRequest;
using base::Milliseconds;
using base::Responder;
using base::Status;

namespace {

constexpr std::string_view kPrefix = "/_millbeck/v1/";
constexpr std::string_view kMine = "/_millbeck/v1/replays";
constexpr std::uint64_t kWaitMax = 60'000;  // ms

class Routes final : public ReplayRoutes {
  public:
    explicit Routes(ReplayAnswersContext context)
        : context_(std::move(context)), polls_(context_.log, context_.stopping) {}

    bool handle(const HttpRequest& request, const Responder& respond) override {
        if (!request.target().starts_with(kMine)) {
            return false;
        }
        const auto target = parse_target(request.target());
        if (!target) {
            respond(error_reply(target.error()));
            return true;
        }
        const std::string route =
            fmt::format("{} {}", request.method(), target->path.substr(kPrefix.size()));
        const Status begun =
            route == "GET replays/show" ? watch(*target, respond) : answer(route, request, respond);
        if (!begun) {
            respond(error_reply(begun.error()));
        }
        return true;
    }

  private:
    // An error of both means that nobody has taken `respond` yet.
    Status answer(const std::string& route, const HttpRequest& request, const Responder& respond) {
        return lane_.post([this, route, respond, body = std::string(request.body())] {
            auto answered = answer_replays(context_, route, body);
            respond(answered ? json_reply(std::move(*answered)) : error_reply(answered.error()));
        });
    }

    Status watch(const Target& target, const Responder& respond) {
        MB_TRY(const auto wait_ms, target.number("wait_ms", 0, kWaitMax));
        const auto deadline =
            context_.clock.instant() + Milliseconds{static_cast<std::int64_t>(wait_ms)};
        return polls_.wait(deadline, [this, respond, name = target.text("name", "")](bool last) {
            auto answered = show_replay(context_, name, last);
            if (answered && answered->empty()) {
                return false;
            }
            respond(answered ? json_reply(std::move(*answered)) : error_reply(answered.error()));
            return true;
        });
    }

    const ReplayAnswersContext context_;
    LongPolls polls_;
    ControlLane lane_;
};

}  // namespace

std::unique_ptr<ReplayRoutes> ReplayRoutes::create(ReplayAnswersContext context) {
    return std::make_unique<Routes>(std::move(context));
}

}  // namespace millbeck::runtime
