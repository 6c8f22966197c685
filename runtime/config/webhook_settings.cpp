#include "runtime/config/webhook_settings.hpp"

#include <chrono>

#include "runtime/config/text_setting.hpp"

namespace millbeck::runtime {

using namespace std::chrono_literals;
using W = sinks::WebhookOptions;

// NOLINTNEXTLINE(readability-function-size): a table.
const std::vector<Setting<W>>& webhook_settings() {
    static const std::vector<Setting<W>> settings{
        required(text_setting<W>(
            "url", [](W & w) -> auto& { return w.url; }, "http:// or https:// URL",
            "Where batches are posted.")),
        choice_setting<W, W::Body>(
            "body", [](W & w) -> auto& { return w.body; },
            {{"array", W::Body::Array}, {"ndjson", W::Body::Ndjson}},
            "A JSON array, or a line for each change."),
        choice_setting<W, sinks::MessageForm>(
            "content", [](W & w) -> auto& { return w.form; },
            {{"records", sinks::MessageForm::Records}, {"rows", sinks::MessageForm::Rows}},
            "Stream records, or rows of plain values."),
        text_setting<W>(
            "secret", [](W & w) -> auto& { return w.secret; }, "text",
            "Signs each request (HMAC-SHA256); the receiver knows it too."),
        text_setting<W>(
            "secret_file", [](W & w) -> auto& { return w.secret_file; }, "path",
            "A file that holds the secret."),
        special_setting<W>("headers", "map of texts", "", "Added to each request.",
                           [](W& w, const Value& value) -> base::Status {
                               MB_TRY(w.headers, texts_of(value));
                               return {};
                           }),
        duration_setting<W>(
            "connect_timeout", [](W & w) -> auto& { return w.connect_timeout; }, 1ms, 1min,
            "Until a connection stands."),
        duration_setting<W>(
            "timeout", [](W & w) -> auto& { return w.timeout; }, 1ms, 15min,
            "Until a request is answered."),
        text_setting<W>(
            "ca_file", [](W & w) -> auto& { return w.ca_file; }, "path",
            "Authorities to trust (PEM) instead of the system's."),
        number_setting<W>(
            "concurrency", [](W & w) -> auto& { return w.concurrency; }, 1, 64, false,
            "Requests at once."),
    };
    return settings;
}

base::Result<W> webhook_from_text(const std::string& text) {
    if (!text.starts_with("http://") && !text.starts_with("https://")) {
        return base::fail(base::Code::Invalid,
                          fmt::format("\"{}\" is no http:// or https:// URL", text));
    }
    W options;
    options.url = text;
    return options;
}

}  // namespace millbeck::runtime
