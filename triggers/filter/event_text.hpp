// Walks down the JSON text of an event along the names that patterns ask for; skips the rest. No
// tree is built, and nothing is copied that has no escapes in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "triggers/filter/evidence.hpp"
#include "triggers/filter/field_names.hpp"

namespace millbeck::triggers::filter {

// Threads: one. Reused from event to event.
class EventText {
  public:
    // Both outlive it.
    EventText(const FieldNames& fields, Evidence& evidence)
        : fields_(fields), evidence_(evidence) {}

    // Arrays are numbered anew.
    void begin_event() { arrays_ = 0; }

    // Adds the values of this object, which stands at `place`, to the evidence.
    // Requires: valid JSON of an object; white space is allowed.
    void walk_object(std::string_view json, const FieldNames::Place& place);

  private:
    struct Leaf {
        std::string_view raw;
        bool escaped = false;
    };

    void object(const FieldNames::Place& place);
    void array(const FieldNames::Step& step);
    void value(const FieldNames::Step& step);
    void scalar(FieldId field);
    void skip_value();
    void skip_nested();
    char next();  // the next character that is not white space, left where it is
    Leaf quoted();
    void skip_quoted();
    std::string_view word();  // a number, true, false or null
    // Without escapes; borrowed from the event or from `scratch`.
    static std::string_view unescaped(const Leaf& leaf, std::string& scratch);

    const FieldNames& fields_;
    Evidence& evidence_;
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    std::uint32_t arrays_ = 0;
    Membership where_;
    std::string name_scratch_;
    std::string value_scratch_;
};

}  // namespace millbeck::triggers::filter
