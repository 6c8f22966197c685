#include "runtime/api/json_writer.hpp"

#include <fmt/format.h>

#include "shardlog/item.hpp"

namespace millbeck::runtime {

void JsonWriter::separate() {
    if (out_.empty()) {
        return;
    }
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') {
        out_ += ',';
    }
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    shardlog::append_json_string(out_, name);
    out_ += ':';
    return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
    separate();
    shardlog::append_json_string(out_, value);
    return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
    separate();
    out_ += std::to_string(value);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::units(double value) {
    separate();
    out_ += fmt::format("{:.1f}", value);
    return *this;
}

JsonWriter& JsonWriter::seconds(base::WallTime value) {
    separate();
    const std::int64_t millis = base::to_millis(value);
    out_ += fmt::format("{}.{:03}", millis / 1000, millis % 1000);
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

}  // namespace millbeck::runtime
