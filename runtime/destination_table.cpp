#include "runtime/destination_table.hpp"

#include <utility>

#include "base/log.hpp"
#include "runtime/lambda/event_retry.hpp"

namespace millbeck::runtime {

using triggers::Destination;

base::Result<std::unique_ptr<DestinationTable>> DestinationTable::open(
    const DestinationContext& context, const std::vector<DestinationConfig>& configured,
    triggers::CallDestination& usual) {
    std::unique_ptr<DestinationTable> table(new DestinationTable(context, usual));
    for (const DestinationConfig& destination : configured) {
        auto opened = open_destination(context, destination.to);
        if (!opened) {
            return base::with_context(destination.place + ": to", opened.error());
        }
        table->by_arn_[destination.arn] = std::move(*opened);
    }
    return table;
}

lambda::LambdaResult<std::shared_ptr<Destination>> DestinationTable::find(
    const std::string& arn) const {
    if (const auto found = by_arn_.find(arn); found != by_arn_.end()) {
        return found->second;
    }
    triggers::OnFailure to;
    if (arn.find(":lambda:") != std::string::npos) {
        to = {.kind = triggers::OnFailure::Kind::Function, .place = arn};
    }
    auto opened = open_destination(context_, to);
    if (!opened) {
        return lambda::refuse(lambda::kInvalidParameterValue, opened.error().message);
    }
    return std::move(*opened);
}

// What nobody else takes goes to the dead letters, but for successes: whoever is told of those has
// left the configuration, and the function has done its work.
base::Status DestinationTable::hand_over(const std::string& arn,
                                         const triggers::FinishedCall& call) {
    auto to = find(arn);
    if (!to) {
        return base::fail(base::Code::Invalid, to.error().message);
    }
    if (*to) {
        return (*to)->take(call);
    }
    if (call.condition != lambda::to_string(lambda::EventFate::Done)) {
        return usual_.take(call);
    }
    base::log(base::LogLevel::Warn, "runtime", "nothing stands for an on-success destination",
              {{"function", call.function}, {"destination", arn}});
    return {};
}

}  // namespace millbeck::runtime
