#include "runtime/config/stdout_settings.hpp"

namespace millbeck::runtime {

using O = sinks::OutputOptions;

const std::vector<Setting<O>>& stdout_settings() {
    static const std::vector<Setting<O>> settings{
        choice_setting<O, sinks::MessageForm>(
            "content", [](O & o) -> auto& { return o.form; },
            {{"records", sinks::MessageForm::Records}, {"rows", sinks::MessageForm::Rows}},
            "Stream records, or rows of plain values."),
    };
    return settings;
}

base::Result<O> stdout_from_text(const std::string& text) {
    O options;
    MB_TRY_STATUS(stdout_settings()[0].set(options, Value::of(text)));
    return options;
}

}  // namespace millbeck::runtime
