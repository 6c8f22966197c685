#include "runtime/config/sqlite_settings.hpp"

#include "runtime/config/sql_settings.hpp"

namespace millbeck::runtime {

using sinks::SqliteOptions;

namespace {

base::Status set_path(SqliteOptions& options, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "a path"));
    if (text.empty()) {
        return base::fail(base::Code::Invalid, "must be the path of a file");
    }
    options.path = text;
    return {};
}

}  // namespace

const std::vector<Setting<SqliteOptions>>& sqlite_settings() {
    static const std::vector<Setting<SqliteOptions>> settings = [] {
        std::vector<Setting<SqliteOptions>> rows{
            required(special_setting<SqliteOptions>(
                "path", "path", "",
                "The file; made when it is missing, readable by its owner only. Its folder must "
                "be there.",
                set_path)),
            choice_setting<SqliteOptions, base::Durability>(
                "durability", [](SqliteOptions & o) -> auto& { return o.durability; },
                {{"full", base::Durability::Full}, {"normal", base::Durability::Normal}},
                "full: each batch is synced. normal: a power cut may take the newest batches, "
                "which are then delivered again."),
        };
        append_sql_settings(rows);
        return rows;
    }();
    return settings;
}

base::Result<SqliteOptions> sqlite_from_text(const std::string& text) {
    SqliteOptions options;
    MB_TRY_STATUS(set_path(options, Value::of(text)));
    return options;
}

}  // namespace millbeck::runtime
