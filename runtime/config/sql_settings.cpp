#include "runtime/config/sql_settings.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;
using sinks::sql::Columns;
using sinks::sql::ColumnType;

namespace {

base::Result<ColumnType> type_of(const std::string& word) {
    static const std::vector<std::pair<std::string, ColumnType>> types = {
        {"text", ColumnType::Text},
        {"number", ColumnType::Number},
        {"boolean", ColumnType::Bool},
        {"binary", ColumnType::Binary},
        {"json", ColumnType::Json}};
    std::vector<std::string> words;
    for (const auto& [name, type] : types) {
        if (name == word) {
            return type;
        }
        words.push_back(name);
    }
    return base::fail(Code::Invalid,
                      fmt::format("\"{}\" is not one of text, number, boolean, binary, json{}",
                                  word, did_you_mean(word, words)));
}

}  // namespace

Status set_columns(sinks::sql::TableOptions& options, const Value& value) {
    options.declared.clear();
    if (value.kind == Value::Kind::Map) {
        options.columns = Columns::Typed;
        MB_TRY(const auto texts, texts_of(value));
        for (const auto& [name, word] : texts) {
            MB_TRY(const ColumnType type, type_of(word));
            options.declared.emplace(name, type);
        }
        return {};
    }
    MB_TRY(const std::string text, text_of(value, "typed, json, or a map of columns"));
    if (text != "typed" && text != "json") {
        return base::fail(
            Code::Invalid,
            fmt::format("\"{}\" is not typed or json{}", text,
                        did_you_mean(text, std::vector<std::string>{"typed", "json"})));
    }
    options.columns = text == "json" ? Columns::Json : Columns::Typed;
    return {};
}

Status set_history(sinks::sql::TableOptions& options, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "true, false or a name"));
    options.history = text == "false" ? "" : text == "true" ? "{table}_history" : text;
    return {};
}

}  // namespace millbeck::runtime
