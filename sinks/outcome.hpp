// Outcomes, as sinks make them.
#pragma once

#include <utility>

#include "sinks/sink.hpp"

namespace millbeck::sinks {

inline Outcome outcome_of(Outcome::Kind kind, base::Error error = {}) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.error = std::move(error);
    return outcome;
}

}  // namespace millbeck::sinks
