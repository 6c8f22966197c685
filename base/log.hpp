// One logfmt line on stderr for what a person may act on; normal work is metrics.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace millbeck::base {

enum class LogLevel { Debug, Info, Warn, Error };

// A key and its value, already text; ids and counts, never payloads or secrets.
struct Field {
    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)) {}
    Field(std::string_view k, std::uint64_t v) : key(k), value(std::to_string(v)) {}

    std::string_view key;
    std::string value;
};

// Below this level nothing is written. Default Info.
void set_log_level(LogLevel level);

// Writes `ts=... level=warn room=shardlog msg="cut a torn tail" bytes=132` with one write(2).
// Lines are cut at 8 KB. Threads: any.
void log(LogLevel level, std::string_view room, std::string_view message,
         std::initializer_list<Field> fields = {});

}  // namespace millbeck::base
