#include "runtime/api/faults.hpp"

#include <fmt/format.h>

namespace millbeck::runtime {

void Faults::add(std::string_view value, std::string_view path, std::string_view constraint) {
    add(fmt::format("Value {} at '{}' failed to satisfy constraint: {}", value, path, constraint));
}

void Faults::add(std::string text) {
    if (!full()) {
        texts_.push_back(std::move(text));
    }
}

void Faults::refuse(std::string_view parameter) {
    if (refused_.empty()) {
        refused_ = parameter;
    }
}

base::Status Faults::status() const {
    if (!texts_.empty()) {
        return base::fail(base::Code::Invalid,
                          fmt::format("{} validation error{} detected: {}", texts_.size(),
                                      texts_.size() == 1 ? "" : "s", fmt::join(texts_, "; ")));
    }
    if (!refused_.empty()) {
        return base::fail(base::Code::Unsupported,
                          fmt::format("{} is not supported by Millbeck yet", refused_));
    }
    return {};
}

}  // namespace millbeck::runtime
