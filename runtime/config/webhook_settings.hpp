// What a configuration says of a sink of a webhook.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/config/setting.hpp"
#include "sinks/webhook/webhook_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::WebhookOptions>>& webhook_settings();

// The one-line form: `webhook: https://example.com/hook`. Invalid: it is none.
base::Result<sinks::WebhookOptions> webhook_from_text(const std::string& text);

}  // namespace millbeck::runtime
