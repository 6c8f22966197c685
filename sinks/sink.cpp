#include "sinks/sink.hpp"

namespace millbeck::sinks {

std::string_view to_string(Event event) {
    switch (event) {
        case Event::Insert:
            return "INSERT";
        case Event::Modify:
            return "MODIFY";
        case Event::Remove:
            break;
    }
    return "REMOVE";
}

}  // namespace millbeck::sinks
