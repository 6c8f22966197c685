#include "runtime/config/reference.hpp"

#include <fmt/format.h>

#include "runtime/config/reference_table.hpp"
#include "runtime/config/settings.hpp"
#include "runtime/config/sink_targets.hpp"

namespace millbeck::runtime {

namespace {

constexpr std::string_view kIntroduction = R"(# Settings of Millbeck

A configuration file is YAML; `millbeck.yaml` in the present folder is used unless `--config` names
another. Every key that stands outside of the five lists is also an environment variable
(`MILLBECK_` and the key in capitals) and a flag (`--` and the key, with dashes) of `millbeck serve`
and `millbeck dev`. Flags win over variables, variables over the file, the file over the defaults.
Unknown keys are refused.

Durations are a whole number and a unit: `500ms`, `10s`, `5m`, `24h`, `7d`. Sizes are a whole number
and a unit: `512B`, `64KB`, `16MB`, `1GB` (powers of 1024).

```yaml
tables:
  - name: music
    keys: {hash: artist S, range: song S}
functions:
  - name: totals
    command: [python3, totals.py]
triggers:
  - table: music
    function: totals
```
)";

}  // namespace

std::string config_reference() {
    std::string out(kIntroduction);
    append_table(out, "The node", node_settings());
    append_table(out, "`tables`: made at start if missing", table_settings());
    append_table(out, "`functions`: executables that take changes", function_settings());
    append_table(out, "`triggers`: which table's changes go to which function", trigger_settings());
    append_table(out, "`sinks`: where a table is copied to", sink_settings());
    for (const SinkTarget& target : sink_targets()) {
        out += target.reference;
    }
    append_table(out, "`destinations`: what on-failure ARNs stand for", destination_settings());
    return out;
}

}  // namespace millbeck::runtime
