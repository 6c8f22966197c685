// Appends JSON for answers that are built, not spliced: table and stream descriptions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace millbeck::runtime {

// Commas come by themselves; matching of brackets is the caller's.
class JsonWriter {
  public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    JsonWriter& key(std::string_view name);
    JsonWriter& text(std::string_view value);
    JsonWriter& integer(std::int64_t value);
    JsonWriter& boolean(bool value);
    JsonWriter& units(double value);            // capacity units: `0.5`, `12.0`
    JsonWriter& seconds(base::WallTime value);  // since the epoch: `1700000000.123`
    JsonWriter& raw(std::string_view json);     // a value that is JSON already

    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string out_;
};

}  // namespace millbeck::runtime
