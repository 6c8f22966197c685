#include "sinks/message_form.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace millbeck::sinks {

namespace {

constexpr std::array<std::string_view, 6> kOurs{"_key",   "_event", "_sequence",
                                                "_shard", "_time",  "_rest"};

bool is_ours(const Field& field) {
    return std::find(kOurs.begin(), kOurs.end(), field.name) != kOurs.end();
}

}  // namespace

base::Result<Row> row_of(const Message& message, const RowMapping& mapping) {
    if (message.event == Event::Remove) {
        return Row{};
    }
    MB_TRY(Row row, make_row(message.new_image.empty() ? message.key : message.new_image, mapping));
    std::erase_if(row, is_ours);
    return row;
}

base::Status append_flat_row(std::string& out, const Message& message, std::string_view shard,
                             const RowMapping& mapping) {
    MB_TRY(const Row row, row_of(message, mapping));
    out += R"({"_key":)";
    out += message.key;
    out += R"(,"_event":")";
    out += to_string(message.event);
    out += R"(","_sequence":")";
    out += message.id;
    out += R"(","_shard":)";
    append_json_text(out, shard);
    out += R"(,"_time":)";
    fmt::format_to(std::back_inserter(out), "{}", message.milliseconds);
    for (const Field& field : row) {
        out += ',';
        append_json_text(out, field.name);
        out += ':';
        append_json(out, field.value);
    }
    out += '}';
    return {};
}

base::Status append_message(std::string& out, const Message& message, std::string_view shard,
                            MessageForm form, const RowMapping& mapping) {
    if (form == MessageForm::Rows) {
        return append_flat_row(out, message, shard, mapping);
    }
    out += message.record;
    return {};
}

base::Status check_form(MessageForm form, const RowMapping& mapping) {
    const bool is_mapped = !mapping.include.empty() || !mapping.exclude.empty() ||
                           !mapping.rename.empty() || !mapping.flatten.empty();
    return form == MessageForm::Rows || !is_mapped
               ? base::Status{}
               : base::fail(base::Code::Invalid,
                            "a mapping needs rows; records are delivered as they are");
}

}  // namespace millbeck::sinks
