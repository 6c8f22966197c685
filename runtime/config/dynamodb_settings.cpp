#include "runtime/config/dynamodb_settings.hpp"

#include <chrono>

#include "runtime/config/text_setting.hpp"

namespace millbeck::runtime {

using namespace std::chrono_literals;
using D = sinks::DynamoDbOptions;

// NOLINTNEXTLINE(readability-function-size): a table.
const std::vector<Setting<D>>& dynamodb_settings() {
    static const std::vector<Setting<D>> settings{
        required(text_setting<D>(
            "endpoint", [](D & d) -> auto& { return d.endpoint; }, "http:// or https:// URL",
            "Millbeck, DynamoDB Local or AWS.")),
        falling_back(
            text_setting<D>(
                "table", [](D & d) -> auto& { return d.table; }, "name", "Its name there."),
            "the same"),
        falling_back(text_setting<D>(
                         "region", [](D & d) -> auto& { return d.region; }, "name",
                         "The region that requests are signed for."),
                     "AWS_REGION, or us-east-1"),
        falling_back(text_setting<D>(
                         "access_key_id", [](D & d) -> auto& { return d.access_key_id; }, "text",
                         "Who asks; local endpoints take anybody."),
                     "AWS_ACCESS_KEY_ID"),
        falling_back(text_setting<D>(
                         "secret_access_key", [](D & d) -> auto& { return d.secret_access_key; },
                         "text", "The key that requests are signed with."),
                     "AWS_SECRET_ACCESS_KEY"),
        falling_back(text_setting<D>(
                         "session_token", [](D & d) -> auto& { return d.session_token; }, "text",
                         "Of temporary credentials."),
                     "AWS_SESSION_TOKEN"),
        text_setting<D>(
            "prefix", [](D & d) -> auto& { return d.prefix; }, "text",
            "Before the names of the attributes that the sink adds."),
        text_setting<D>(
            "origin", [](D & d) -> auto& { return d.origin; }, "name",
            "Names this side in every item that is written."),
        text_setting<D>(
            "peer", [](D & d) -> auto& { return d.peer; }, "name",
            "Two-way replication: the other side's origin; what it wrote is not sent back."),
        choice_setting<D, D::Deletes>(
            "deletes", [](D & d) -> auto& { return d.deletes; },
            {{"tombstone", D::Deletes::Tombstone}, {"delete", D::Deletes::Delete}},
            "A deleted item leaves its marked key for a while, or goes at once."),
        duration_setting<D>(
            "tombstone_life", [](D & d) -> auto& { return d.tombstone_life; }, 1min, 24h * 365,
            "Until time to live may remove a tombstone."),
        number_setting<D>(
            "concurrency", [](D & d) -> auto& { return d.concurrency; }, 1, 64, false,
            "Batches at once."),
        number_setting<D>(
            "parallel", [](D & d) -> auto& { return d.parallel; }, 1, 128, false,
            "Requests at once of one batch."),
        duration_setting<D>(
            "connect_timeout", [](D & d) -> auto& { return d.connect_timeout; }, 1ms, 1min,
            "Until a connection stands."),
        duration_setting<D>(
            "timeout", [](D & d) -> auto& { return d.timeout; }, 1ms, 5min,
            "Until a request is answered."),
        text_setting<D>(
            "ca_file", [](D & d) -> auto& { return d.ca_file; }, "path",
            "Authorities to trust (PEM) instead of the system's."),
    };
    return settings;
}

base::Result<D> dynamodb_from_text(const std::string& text) {
    if (!text.starts_with("http://") && !text.starts_with("https://")) {
        return base::fail(base::Code::Invalid,
                          fmt::format("\"{}\" is no http:// or https:// endpoint", text));
    }
    D options;
    options.endpoint = text;
    return options;
}

}  // namespace millbeck::runtime
