#include "runtime/config/destination_settings.hpp"

#include <fmt/format.h>

#include "runtime/config/kafka_settings.hpp"
#include "runtime/config/settings.hpp"

namespace millbeck::runtime {

using base::Code;
using triggers::OnFailure;

namespace {

// A topic of its own has to be named: there is no table that could name it.
bool is_kafka_topic(const std::string& place) {
    const auto options = kafka_from_text(place);
    return place.starts_with("kafka://") && options &&
           options->topic.find('{') == std::string::npos;
}

}  // namespace

base::Result<OnFailure> on_failure_of(const Value& value) {
    using Kind = OnFailure::Kind;
    if (value.kind == Value::Kind::Text && value.text == "dead-letters") {
        return OnFailure{};
    }
    const bool is_place = value.kind == Value::Kind::Map && value.members.size() == 1 &&
                          value.members[0].value.kind == Value::Kind::Text &&
                          !value.members[0].value.text.empty();
    const std::string key = is_place ? value.members[0].key : "";
    const std::string place = is_place ? value.members[0].value.text : "";
    if (key == "url" && place.starts_with("http://")) {
        return OnFailure{.kind = Kind::Url, .place = place};
    }
    if (key == "folder") {
        return OnFailure{.kind = Kind::Folder, .place = place};
    }
    if (key == "kafka" && is_kafka_topic(place)) {
        return OnFailure{.kind = Kind::Topic, .place = place};
    }
    if (key == "function") {
        return OnFailure{.kind = Kind::Function, .place = place};
    }
    return base::fail(Code::Invalid, fmt::format("must be {}", kPlacesOfFailure));
}

const std::vector<Setting<DestinationConfig>>& destination_settings() {
    using D = DestinationConfig;
    static const std::vector<Setting<D>> settings{
        required(special_setting<D>(
            "arn", "ARN", "",
            "A queue, topic or bucket that event source mappings name as their on-failure "
            "destination.",
            [](D& d, const Value& value) -> base::Status {
                MB_TRY(d.arn, text_of(value, "an ARN"));
                return d.arn.starts_with("arn:")
                           ? base::Status{}
                           : base::fail(Code::Invalid, fmt::format("\"{}\" is not an ARN", d.arn));
            })),
        required(special_setting<D>("to", std::string(kPlacesOfFailure), "",
                                    "What stands for it here. An ARN that is not in this list "
                                    "stands for the dead-letter store.",
                                    [](D& d, const Value& value) -> base::Status {
                                        MB_TRY(d.to, on_failure_of(value));
                                        return {};
                                    })),
    };
    return settings;
}

}  // namespace millbeck::runtime
