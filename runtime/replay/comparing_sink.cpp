#include "runtime/replay/comparing_sink.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "triggers/item_failures.hpp"

namespace millbeck::runtime {

using sinks::Outcome;
using Json = nlohmann::json;
using Kind = sinks::Outcome::Kind;

namespace {

constexpr std::size_t kPathsMax = 10;

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::Delivered:
            return "ok";
        case Kind::PartlyFailed:
            return "partly failed";
        default:
            return "failed";
    }
}

// An empty reply is what a function without a result answers.
Json parsed(const std::string& reply) {
    return reply.empty() ? Json() : Json::parse(reply, nullptr, false);
}

// Empty: the same. Without JSON the one path is "".
std::vector<std::string> different_paths(const std::string& before, const std::string& after) {
    const Json first = parsed(before);
    const Json second = parsed(after);
    if (first.is_discarded() || second.is_discarded()) {
        return before == after ? std::vector<std::string>{} : std::vector<std::string>{""};
    }
    if (first == second) {
        return {};
    }
    std::vector<std::string> paths;
    for (const Json& step : Json::diff(first, second)) {
        auto path = step.at("path").get<std::string>();
        if (paths.size() < kPathsMax &&
            std::find(paths.begin(), paths.end(), path) == paths.end()) {
            paths.push_back(std::move(path));
        }
    }
    return paths;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names;
}

Outcome cut(Outcome outcome) {
    if (outcome.reply.size() > kComparedReplyBytesMax) {
        outcome.reply.resize(kComparedReplyBytesMax);
    }
    return outcome;
}

nlohmann::ordered_json side(const Outcome& outcome) {
    return {{"outcome", name_of(outcome.kind)},
            {"error", outcome.error.message},
            {"failed", outcome.failed},
            {"reply", outcome.reply}};
}

}  // namespace

std::optional<ReplayDifference> difference_of(const sinks::Batch& batch, const Outcome& before,
                                              const Outcome& after) {
    ReplayDifference difference;
    if (before.kind != after.kind) {
        difference.what = "outcome";
    } else if (sorted(before.failed) != sorted(after.failed)) {
        difference.what = "failed records";
    } else if (before.kind == Kind::Failed && before.error.message != after.error.message) {
        difference.what = "error";
    } else if (before.kind == Kind::Delivered) {
        difference.paths = different_paths(before.reply, after.reply);
        difference.what = difference.paths.empty() ? "" : "reply";
    }
    if (difference.what.empty()) {
        return std::nullopt;
    }
    difference.records = batch.messages.size();
    if (!batch.messages.empty()) {
        difference.first = batch.messages.front().id;
        difference.last = batch.messages.back().id;
    }
    difference.before = cut(before);
    difference.after = cut(after);
    return difference;
}

std::string to_json(const ReplayDifference& difference) {
    // A reply that was cut, or is none of UTF-8, is shown with a mark where it cannot be.
    return nlohmann::ordered_json{
        {"first", difference.first},      {"last", difference.last},
        {"records", difference.records},  {"what", difference.what},
        {"paths", difference.paths},      {"before", side(difference.before)},
        {"after", side(difference.after)}}
        .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Outcome ComparingSink::ask(sinks::Sink& sink, const sinks::Batch& batch,
                           base::Instant deadline) const {
    Outcome outcome = sink.deliver(batch, deadline);
    return reports_items_ ? triggers::read_item_failures(std::move(outcome)) : std::move(outcome);
}

Outcome ComparingSink::deliver(const sinks::Batch& batch, base::Instant deadline) {
    Outcome before = ask(*before_, batch, deadline);
    if (before.kind == Kind::NotInvoked) {
        return before;
    }
    Outcome after = ask(*after_, batch, deadline);
    if (after.kind == Kind::NotInvoked) {
        return after;
    }
    const auto difference = difference_of(batch, before, after);
    if (!difference) {
        ++same_;
        return {};
    }
    if (const base::Status kept = keep_(*difference); !kept) {
        Outcome again;
        again.kind = Kind::NotInvoked;
        again.error = kept.error();
        return again;
    }
    ++different_;
    return {};
}

unsigned ComparingSink::concurrency() const {
    return std::min(before_->concurrency(), after_->concurrency());
}

void ComparingSink::stop(base::Instant deadline) {
    before_->stop(deadline);
    after_->stop(deadline);
}

}  // namespace millbeck::runtime
